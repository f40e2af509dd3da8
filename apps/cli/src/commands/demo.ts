import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Narrator } from "../demo/narrator.js"
import { tellStory } from "../demo/story.js"
import type { Settings } from "../settings.js"

export async function demo({ output, stop }: Settings): Promise<void> {
  const narrator = new Narrator(output)
  const startedAtMs = performance.now()
  const folder = mkdtempSync(join(tmpdir(), "colloquy-demo-"))
  try {
    await narrator.plain("Two people converse, and nobody between them can read it.")
    await tellStory(narrator, folder, stop)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  await narrator.plain(
    `${output.json ? "" : "\n"}Done in ${seconds} s; the temporary folder is gone. Next: colloquy help`,
  )
}

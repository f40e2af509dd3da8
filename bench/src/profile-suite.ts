import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Result } from "./measure.js"
import { Child, told } from "./processes/child.js"
import { areas } from "./profile/shares.js"
import type { Suite } from "./suites.js"

const messages = 20_000

/** Where the time of a message goes, by V8's profiler: Saro sends while Raya is away, then Raya catches up. Client, sealed SQLite and hub, each a process. */
export const profileSuite: Suite = {
  name: "profile",
  async *run({ progress }) {
    const directory = await mkdtemp(join(tmpdir(), "colloquy-bench-"))
    try {
      await using hubProcess = new Child("./hub-process.js", join(directory, "hub"))
      const url = (await hubProcess.line())["url"] as string
      const raya = [url, join(directory, "raya.db"), randomBytes(32).toString("hex")]
      const saro = [url, join(directory, "saro.db"), randomBytes(32).toString("hex")]
      await using introducing = new Child("./receiver-process.js", ...raya)
      const introduction = (await introducing.line())["introduction"] as string
      progress(`sending ${messages} messages`)
      const sent = await told("./sender-process.js", progress, ...saro, introduction, String(messages))
      yield* shares("send", sent)
      // Allowed and closed.
      await introducing.line()
      progress("catching up with them")
      yield* shares("receive", await told("./receiver-process.js", progress, ...raya, "profile"))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

/** The processor's microseconds of one message, and what each area has of them. */
function* shares(name: string, used: Record<string, string | number>): Iterable<Result> {
  const of = (area: string): number => used[area] as number
  const total = areas.reduce((sum, area) => sum + of(area), 0)
  yield { bench: `profile.${name}`, unit: "µs", value: of("processorUs") / messages }
  for (const area of areas) yield { bench: `profile.${name}.${area}`, unit: "%", value: (100 * of(area)) / total }
}

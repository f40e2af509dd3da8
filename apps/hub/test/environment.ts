import { randomFillSync } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type DeliveryEnvironment } from "@colloquy/core/testing"
import { onTestFinished } from "vitest"

export const environment: DeliveryEnvironment = {
  clock: {
    nowMs: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  },
  random: (bytes) => randomFillSync(new Uint8Array(bytes)),
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "colloquy-hub-"))
}

export function folderOfThisTest(): string {
  const folder = temporaryFolder()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fromHex, toHex } from "@colloquy/core"
import { FuzzError } from "../fuzz-error.js"

/**
 * Inputs as text, one a line in hexadecimal digits; a line that begins with `#` says something. `corpus` holds what fuzzing found worth keeping, and is written
 * by it; `regressions` what has failed once, each with a word on why, and is written by people.
 */
export function readInputs(folder: string, kind: "corpus" | "regressions", target: string): readonly Uint8Array[] {
  const file = join(folder, kind, `${target}.txt`)
  if (!existsSync(file)) return []
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const input = fromHex(line === "-" ? "" : line)
      if (input === undefined)
        throw new FuzzError("CORPUS", `${kind}/${target}.txt holds a line that is not hexadecimal`)
      return input
    })
}

export function writeCorpus(folder: string, target: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((input) => (input.length === 0 ? "-" : toHex(input)))
  writeFileSync(join(folder, "corpus", `${target}.txt`), lines.map((line) => `${line}\n`).join(""))
}

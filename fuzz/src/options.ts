import { parseArgs } from "node:util"
import { readFileSync } from "node:fs"
import { fromHex } from "@colloquy/core"
import { FuzzError } from "./fuzz-error.js"

export interface FuzzOptions {
  readonly targets: readonly string[]
  readonly minutes: number
  readonly seed: number
  readonly jobs: number
  readonly keep: boolean
  /** One input to execute, and nothing else. */
  readonly input: Uint8Array | undefined
}

export const usage = `npm run fuzz -- [--target NAME]... [--minutes N] [--seed N] [--jobs N] [--keep] [--list] [--input HEX|@FILE]
  --target   one of --list; all of them unless told, which share the time
  --minutes  in all, 10 unless told
  --seed     what mutations are drawn from
  --jobs     targets at a time, 1 unless told
  --keep     writes what was found worth keeping into the corpus
  --input    executes one input of one target, as a failure was reported`

/** Throws for options that are none. */
export function parseOptions(args: readonly string[], names: readonly string[]): FuzzOptions | "list" | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: "string", multiple: true },
      minutes: { type: "string" },
      seed: { type: "string" },
      jobs: { type: "string" },
      keep: { type: "boolean" },
      list: { type: "boolean" },
      help: { type: "boolean" },
      input: { type: "string" },
    },
  })
  if (values.help === true) return "help"
  if (values.list === true) return "list"
  const wanted = values.target ?? names
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new FuzzError("OPTION", `no target ${unknown.join(", ")}: --list names them`)
  if (values.input !== undefined && wanted.length !== 1) throw new FuzzError("OPTION", "--input wants one --target")
  return {
    targets: wanted,
    minutes: numberOf(values.minutes, 10),
    seed: numberOf(values.seed, Date.now() % 1_000_000_000),
    jobs: Math.max(1, Math.floor(numberOf(values.jobs, 1))),
    keep: values.keep === true,
    input: values.input === undefined ? undefined : inputOf(values.input),
  }
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text)
  if (!Number.isFinite(number) || number < 0) throw new FuzzError("OPTION", `${text} is no number`)
  return number
}

function inputOf(text: string): Uint8Array {
  const hex = text.startsWith("@") ? readFileSync(text.slice(1), "utf8").trim() : text
  const input = fromHex(hex)
  if (input === undefined) throw new FuzzError("OPTION", "--input is hexadecimal digits, or @ and a file of them")
  return input
}

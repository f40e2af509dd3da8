import { FuzzError } from "./fuzz-error.js"

/** Something that takes bytes from outside, and what holds whatever they are. */
export interface Target {
  readonly name: string
  /** In a sentence. */
  readonly holds: string
  /**
   * How its inputs are mutated: as they are, as fields of protobuf, as text, or as steps, each an operation and a body of fields
   * (see `engine/steps.ts`).
   */
  readonly form: "bytes" | "fields" | "text" | "steps"
  /** No longer input is made. */
  readonly bytesMax: number
  /** How many executions belong to `npm test`. */
  readonly runs: number
  open(): Promise<Opened>
}

export interface Opened {
  /** Valid inputs, the same at every run. */
  readonly seeds: readonly Uint8Array[]
  /** Throws when something does not hold. It may write to the input. */
  check(input: Uint8Array): void | Promise<void>
  close?(): Promise<void>
}

/** Throws unless it holds. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new FuzzError("BROKEN", what)
}

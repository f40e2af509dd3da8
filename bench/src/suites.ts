import type { Result } from "./measure.js"

export interface Options {
  /** How many conversations the larger store of `scale` has. */
  readonly conversations: number
  /** Says what is being done, for whoever waits. */
  progress(text: string): void
}

/** A part of the bench, chosen by `--only`. Each result is there as soon as it is known. */
export interface Suite {
  readonly name: string
  run(options: Options): AsyncIterable<Result>
}

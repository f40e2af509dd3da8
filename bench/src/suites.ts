import type { Result } from "./measure.js"

/** A part of the bench, chosen by `--only`. */
export interface Suite {
  readonly name: string
  run(): Promise<readonly Result[]>
}

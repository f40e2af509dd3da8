import type { DescMessage } from "@bufbuild/protobuf"

/** What the code has of a document, for the two to be compared. A package that implements a document exports it as a value. */
export interface DocumentFacts {
  /** Its path from the root of the project, with `/`. */
  readonly document: string
  /** What stands before the number of each of its rules: `RL` for RL-1. */
  readonly rules?: string
  /** Messages that its protobuf blocks define, with everything that they hold. */
  readonly messages?: readonly DescMessage[]
  readonly constants?: Constants
}

/** By name, in the order in which they are to be read. */
export type Constants = Readonly<Record<string, Constant>>

export interface Constant {
  /** A text is a label that goes into a hash, or a name; what numbers count, `means` says. */
  readonly value: number | string | readonly number[]
  readonly means: string
  /** The rule that has it in its words, such as `RL-32`: it is looked up there. */
  readonly rule?: string
}

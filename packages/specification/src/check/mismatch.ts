/** Where a document and the code say different things. */
export interface Mismatch {
  /** Of the document, or of the source that names what no document has. */
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly code: MismatchCode
  /** What differs, in a sentence; lines that begin with `-` are the document's and with `+` the code's. */
  readonly message: string
}

export type MismatchCode =
  /** Title, version or type in the front matter or the heading. */
  | "TITLE"
  /** A generated section that the document has to have. */
  | "SECTION_MISSING"
  /** A name that no section has, one that stands twice, or a beginning without an end. */
  | "SECTION_BAD"
  /** Its text is not what the declaration makes. */
  | "SECTION_DIFFERS"
  /** The evidence is about other claims than the declaration's. */
  | "EVIDENCE_STALE"
  /** A protobuf block that can't be read. */
  | "MESSAGES_BAD"
  /** A message, field or value that only one of the two has, or that they have differently. */
  | "MESSAGES_DIFFER"
  /** A constant that the words of its rule don't say, or a label that only one of the two has. */
  | "CONSTANT_DIFFERS"
  /** A rule that is defined twice, or named and not defined. */
  | "RULE_BAD"
  /** A rule that no source names. */
  | "RULE_UNTESTED"

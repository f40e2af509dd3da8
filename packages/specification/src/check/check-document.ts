import type { Subject } from "../render/sections.js"
import { checkConstants } from "./constants.js"
import { checkMessages } from "./messages.js"
import type { Mismatch } from "./mismatch.js"
import { checkRules, type Source } from "./rules.js"
import { scan } from "./scan.js"
import { checkSections } from "./sections.js"
import { checkTitle } from "./titles.js"

export interface CheckedDocument {
  /** As the mismatches are to name it. */
  readonly path: string
  readonly text: string
  /** What the code has of it: a type, facts, or both. */
  readonly subject: Subject
  /** Code and tests, which name the document's rules. Without them only the document itself is looked at. */
  readonly sources?: readonly Source[]
}

/** Everywhere that a document and the code say different things, by line. None: they agree. */
export function checkDocument({ path, text, subject, sources }: CheckedDocument): readonly Mismatch[] {
  const document = scan(text)
  const { type, facts } = subject
  const schema = type?.declaration.frames.schema
  const messages = facts?.messages ?? (schema === undefined ? undefined : [schema])
  const found = [
    ...checkTitle(path, document, type),
    ...checkSections(path, document, subject),
    ...(messages === undefined ? [] : checkMessages(path, document, messages)),
    ...(facts?.constants === undefined ? [] : checkConstants(path, document, facts.constants, facts.rules)),
    ...(facts?.rules === undefined ? [] : checkRules(path, document, facts.rules, sources)),
  ]
  return found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

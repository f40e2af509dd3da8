import type { Severity } from "./report.js"

/** The rules of the linter besides CT-1 to CT-17, with the weight that a finding has unless the document's kind says otherwise. */
export const lintRules = {
  "document-unreadable": { severity: "error", title: "a document is text of a bounded size and depth" },
  "front-matter": { severity: "warning", title: "the front matter can be read and is filled in" },
  "title-missing": { severity: "error", title: "a document has a title" },
  "section-missing": { severity: "warning", title: "the sections of the template are there" },
  "section-empty": { severity: "error", title: "a section says something" },
  "section-nesting": { severity: "note", title: "the template's sections stand side by side" },
  "template-leftover": { severity: "warning", title: "nothing is left of the template's instructions" },
  "unresolved-mark": { severity: "error", title: "no TODO, TBD or FIXME is left" },
  "left-open": { severity: "warning", title: "what two implementations must agree on is not left to each of them" },
  "proto-syntax": { severity: "error", title: "a protobuf compiler would take the definitions" },
  "proto-version": { severity: "note", title: "the version of protobuf is said" },
  "proto-number": { severity: "error", title: "each field has a number that is allowed" },
  "proto-duplicate": { severity: "error", title: "numbers and names are used once" },
  "proto-reserved": { severity: "error", title: "what is reserved is not used" },
  "proto-undefined": { severity: "error", title: "each type of a field is defined" },
  "proto-elided": { severity: "error", title: "definitions are complete" },
  "message-undefined": { severity: "warning", title: "messages and fields that the text names are defined" },
  "field-unknown": { severity: "warning", title: "described fields exist" },
  "field-undescribed": { severity: "warning", title: "each field is described" },
  "unit-missing": { severity: "warning", title: "times have a unit" },
  "signature-scope": { severity: "warning", title: "what a signature covers is said" },
  "constant-undefined": { severity: "warning", title: "constants have a value" },
  "constant-conflict": { severity: "error", title: "constants have one value" },
  "value-conflict": { severity: "error", title: "values keep the bounds that the document sets" },
  "hash-length": { severity: "warning", title: "the length of a hash is said" },
  "link-broken": { severity: "error", title: "links lead somewhere" },
  "link-branch": { severity: "warning", title: "links do not lead into someone's working branch" },
  "reference-undefined": { severity: "warning", title: "references are defined" },
  "requirement-undefined": { severity: "error", title: "requirement ids that are mentioned are defined" },
  "requirement-duplicate": { severity: "error", title: "a requirement id is defined once" },
  "keywords-unexplained": { severity: "warning", title: "RFC 2119 key words are announced" },
  "keywords-misused": { severity: "warning", title: "key words are those of RFC 2119" },
  "keywords-misplaced": { severity: "note", title: "suggestions make no requirements" },
  "diagram-unknown": { severity: "note", title: "what a diagram names is in the text" },
  "doubled-word": { severity: "note", title: "no word stands twice" },
  "list-marker": { severity: "note", title: "list items begin with a mark and a space" },
} as const satisfies Readonly<Record<string, { readonly severity: Severity; readonly title: string }>>

/** A rule of the linter, or a rule for types. */
export type LintRuleId = keyof typeof lintRules | `CT-${number}`

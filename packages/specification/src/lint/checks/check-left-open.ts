import { withAbove } from "../document/read-sections.js"
import { templateSection } from "../document/template.js"
import type { Prose, SpecificationDocument } from "../document/document.js"
import { excerpt } from "../words.js"
import { sentencesOf } from "../sentences.js"
import type { CheckContext } from "./check.js"

const outOfScope = /\bout[- ]of[- ](?:the )?scope\b/i
const patterns: readonly RegExp[] = [
  /\bleft (?:up )?to (?:the |each |individual )?(?:implement\w*|clients?|applications?|developers?|users?)\b/i,
  /\bimplementation[- ](?:defined|specific|dependent)\b/i,
  /\bimplement(?:ation|er|or)s? (?:must|need to|have to|should|are free to|may|can) (?:also )?(?:determine|choose|decide|define|select|agree)\b/i,
  outOfScope,
  /\b(?:deliberately|intentionally|not strictly) (?:not |un)?(?:specified|defined)\b/i,
  /\bnot (?:specified|defined) (?:here|by this|in this)\b/i,
]

export interface LeftOpen {
  readonly prose: Prose
  readonly index: number
  readonly sentence: string
}

/** Sentences of the normative part that leave something to whoever implements it, and name no document that says it. */
export function passagesLeftOpen({ prose }: SpecificationDocument): LeftOpen[] {
  return prose
    .filter(
      ({ kind, section, spans }) =>
        kind !== "heading" &&
        !spans.some((span) => span.kind === "link") &&
        withAbove(section).every(({ heading }) => isNormative(heading)),
    )
    .flatMap((one) =>
      sentencesOf(one.text)
        .filter(({ text }) => patterns.some((pattern) => pattern.test(text)))
        .map(({ text, index }) => ({ prose: one, index, sentence: text })),
    )
}

function isNormative(heading: string): boolean {
  const part = templateSection(heading)
  return part === undefined || part === "theory" || part === "wire"
}

export function checkLeftOpen({ document, kind, report }: CheckContext): void {
  if (kind === "other") return
  for (const { prose, index, sentence } of passagesLeftOpen(document)) {
    // A protocol has a scope; a type has to be complete.
    if (kind === "protocol" && outOfScope.test(sentence)) continue
    report(
      "left-open",
      prose.at(index),
      `“${excerpt(sentence, 100)}” leaves this to others: say it here, or name the document that does`,
      kind === "conversation-type" ? "warning" : "note",
    )
  }
}

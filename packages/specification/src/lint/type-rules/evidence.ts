import type { Prose, Section, SpecificationDocument } from "../document/document.js"
import { withAbove } from "../document/read-sections.js"
import { templateSection } from "../document/template.js"
import { type Sentence, sentencesOf } from "../sentences.js"

export interface Evidence {
  readonly prose: Prose
  readonly sentence: Sentence
}

/** Sentences that the author answers for: not the motivation, which speaks of others, nor references. */
export function statements({ prose }: SpecificationDocument): Evidence[] {
  return prose
    .filter(
      ({ kind, section }) => kind !== "heading" && withAbove(section).every(({ heading }) => isStatement(heading)),
    )
    .flatMap((one) => sentencesOf(one.text).map((sentence) => ({ prose: one, sentence })))
}

function isStatement(heading: string): boolean {
  const part = templateSection(heading)
  return (
    part !== "background" &&
    part !== "references" &&
    part !== "copyright" &&
    !/^(definitions|terminology|timeline)$/i.test(heading)
  )
}

/** The line of the first sentence that matches. */
export function lineOf(all: readonly Evidence[], pattern: RegExp): number | undefined {
  const matching = all.filter(({ sentence }) => pattern.test(sentence.text))
  // The abstract announces; what it announces stands further down.
  const found = matching.find(({ prose }) => templateSection(prose.section.heading) !== "abstract") ?? matching[0]
  return found === undefined ? undefined : found.prose.at(found.sentence.index).line
}

export function sectionNamed({ sections }: SpecificationDocument, pattern: RegExp): Section | undefined {
  return sections.find(({ heading }) => pattern.test(heading))
}

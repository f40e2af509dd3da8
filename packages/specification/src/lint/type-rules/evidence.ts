import type { RequirementId } from "@colloquy/core"
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
  return firstLine(all.filter(({ sentence }) => pattern.test(sentence.text)))
}

/** The line of the first sentence that matches, and does not deny what it names. */
export function lineSaying(all: readonly Evidence[], pattern: RegExp): number | undefined {
  return firstLine(
    all.filter(({ sentence: { text } }) => {
      const match = pattern.exec(text)
      return match !== null && !isDenied(text, match.index, match.index + match[0].length)
    }),
  )
}

const deniedBefore =
  /\b(?:not|no|never|without|unlike|instead of|rather than|nor|neither|cannot|(?:is|does|do|are)n['’]t)\b(?! only\b)[^,;:]{0,40}$/i
const deniedAfter =
  /^[^.;]{0,40}\b(?:is|are) (?:not|NOT) (?:required|needed|used|specified|defined|considered|part|provided|supported)\b|^[^.;]{0,40}\b(?:is|are) (?:optional|out of scope)\b/i

function isDenied(text: string, start: number, end: number): boolean {
  return deniedBefore.test(text.slice(Math.max(0, start - 60), start)) || deniedAfter.test(text.slice(end, end + 80))
}

function firstLine(matching: readonly Evidence[]): number | undefined {
  // The abstract announces; what it announces stands further down.
  const found = matching.find(({ prose }) => templateSection(prose.section.heading) !== "abstract") ?? matching[0]
  return found === undefined ? undefined : found.prose.at(found.sentence.index).line
}

export function sectionNamed({ sections }: SpecificationDocument, pattern: RegExp): Section | undefined {
  return sections.find(({ heading }) => pattern.test(heading))
}

/** A row that names the rule and says something: how a rendered declaration looks. */
export function declaredLine(id: RequirementId, { prose }: SpecificationDocument): number | undefined {
  const named = new RegExp(`\\b${id}\\b`)
  const rows = prose.filter(({ cell }) => cell !== undefined && cell.row > 0)
  const row = rows.find(
    ({ text, line }) =>
      named.test(text) &&
      rows.some(
        (other) =>
          other.line === line && /\w{3,}/.test(other.text.replace(/\bCT-\d+\b/g, "")) && other.cell?.column !== 0,
      ),
  )
  return row?.line
}

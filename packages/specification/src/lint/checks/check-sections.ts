import type { Section } from "../document/document.js"
import { type TemplateSection, templateSection } from "../document/template.js"
import { excerpt, listed } from "../words.js"
import type { CheckContext } from "./check.js"
import { isUnwritten } from "./unwritten.js"

const asked: readonly (readonly [TemplateSection, string, string])[] = [
  ["abstract", "Abstract", "say in a paragraph what the document specifies"],
  ["background", "Background / Rationale / Motivation", "say what it is for"],
  ["theory", "Theory / Semantics", "explain how it works, apart from the bytes"],
  ["wire", "Wire Format Specification / Syntax", "define what is sent and accepted"],
  ["security", "Security/Privacy Considerations", "state them, or that there are none"],
  ["copyright", "Copyright", "state the licence"],
]

/** Sections of the template that are missing, sections that say nothing, and where they stand. */
export function checkSections(context: CheckContext): void {
  const { document, report } = context
  if (document.title === undefined && document.frontMatter.problems.length === 0)
    report(
      "title-missing",
      { line: 1, column: 1 },
      "there is no title: give one as `title` in the front matter, or as the first heading",
    )
  checkMissing(context)
  checkNesting(context)
  for (const section of document.sections)
    if (isUnwritten(section, document))
      report(
        "section-empty",
        section,
        `“${excerpt(section.heading)}” ${section.content.length === 0 ? "has nothing in it" : "says only that it is missing"}: write it, or remove it`,
      )
}

function checkMissing({ document, kind, definitions, report }: CheckContext): void {
  const present = new Set(document.sections.map(({ heading }) => templateSection(heading)))
  if (definitions.messages.length > 0 || document.prose.some(({ cell }) => cell !== undefined && isLayout(cell.header)))
    present.add("wire")
  if (document.sections.some(({ heading, level }) => level <= 2 && templateSection(heading) === undefined))
    present.add("theory")
  const status = document.frontMatter.fields.get("status")?.value.toLowerCase()
  const isInformational = /informational/i.test(document.frontMatter.fields.get("category")?.value ?? "")
  const place = document.title ?? { line: 1, column: 1 }
  for (const [section, heading, advice] of asked) {
    if (present.has(section)) continue
    if (kind === "other" && (section === "theory" || section === "wire")) continue
    const isNeeded = status === "stable" && (section === "theory" || section === "wire" || section === "security")
    const isMinor = section === "security" ? isInformational : kind === "other" && section === "background"
    const severity = isNeeded && kind !== "other" ? "error" : isMinor ? "note" : "warning"
    report("section-missing", place, `there is no section “${heading}”: ${advice}`, severity)
  }
}

/** The header of a table that lays out bytes. */
function isLayout(header: readonly string[]): boolean {
  return header.some((cell) => /^(bytes?|offset|length|size|field|tag|frame)s?$/i.test(cell))
}

/** One finding for all: they have one cause, a heading of the wrong level. */
function checkNesting({ document, report }: CheckContext): void {
  const nested = document.sections.filter(
    (section) => section.parent !== undefined && standsAlone(section) && !isBelow(section, document.sections),
  )
  const [first] = nested
  if (first?.parent === undefined || nested.every(({ heading }) => /^references$/i.test(heading))) return
  const names = listed(nested.map(({ heading }) => heading))
  report(
    "section-nesting",
    first,
    `${names} stand${nested.length === 1 ? "s" : ""} inside “${excerpt(top(first).heading)}”: sections of the template want one level of heading`,
  )
}

function standsAlone({ heading }: Section): boolean {
  return /^(abstract|wire format specification.*|security ?(\/|and|&) ?privacy considerations|security considerations|copyright|references)$/i.test(
    heading,
  )
}

/** Whether it is a part of a section of its own kind, or another of its kind stands at the top. */
function isBelow(section: Section, sections: readonly Section[]): boolean {
  const kind = templateSection(section.heading)
  return sections.some(
    (other) => other !== section && templateSection(other.heading) === kind && other.parent === undefined,
  )
}

function top(section: Section): Section {
  return section.parent === undefined ? section : top(section.parent)
}

import { isSectionName, renderSection, type SectionName, type Subject } from "../render/sections.js"
import type { Mismatch } from "./mismatch.js"
import type { GeneratedSection, Scan } from "./scan.js"
import { scan } from "./scan.js"

const shownMax = 5

/** Every generated section is there, once, and says what the declaration says. */
export function checkSections(file: string, { generated }: Scan, subject: Subject): readonly Mismatch[] {
  const found: Mismatch[] = []
  const seen = new Set<string>()
  for (const section of generated) {
    const { name, from, to } = section
    const bad = (message: string): number => found.push({ file, line: from, code: "SECTION_BAD", message })
    const made = isSectionName(name) ? renderSection(name, subject) : undefined
    if (!isSectionName(name)) bad(`there is no generated section ${name}`)
    else if (seen.has(name)) bad(`the section ${name} stands twice`)
    else if (to === undefined) bad(`the section ${name} has no <!-- end -->`)
    else if (made === undefined) bad(`there is nothing to make the section ${name} from`)
    else if (!isSame(section.text, made)) found.push(difference(file, section, made))
    seen.add(name)
  }
  if (isStale(subject)) {
    const line = generated.find(({ name }) => name === "evidence")?.from ?? 1
    found.push({ file, line, code: "EVIDENCE_STALE", message: "the evidence is about other claims than the type's" })
  }
  for (const name of wanted(subject))
    if (!seen.has(name))
      found.push({ file, line: 1, code: "SECTION_MISSING", message: `there is no <!-- generated: ${name} -->` })
  return found
}

/** Whether a report is about another declaration than this: a claim or a type's name has changed since. */
function isStale({ type, report }: Subject): boolean {
  if (type === undefined || report === undefined) return false
  const claims = (type.declaration.guarantees ?? []).map(({ name, scope, except = "" }) => [name, scope, except])
  const tried = report.guarantees.map(({ name, scope, except = "" }) => [name, scope, except])
  return report.type !== type.id || JSON.stringify(claims) !== JSON.stringify(tried)
}

/** Whether two texts say the same. How the cells of a table are aligned says nothing. */
function isSame(a: string, b: string): boolean {
  const words = (text: string): string =>
    text
      .trim()
      .replace(/-{3,}/g, "---")
      .replace(/[ \t]+/g, " ")
  return words(a) === words(b)
}

/** The document with its generated sections made anew. What `checkSections` calls bad stays as it is. */
export function rewriteDocument(document: string, subject: Subject): string {
  const { lines, generated } = scan(document)
  const result = [...lines]
  let isChanged = false
  for (const { name, from, to, text } of [...generated].reverse()) {
    const made = isSectionName(name) && to !== undefined ? renderSection(name, subject) : undefined
    if (made === undefined || to === undefined || text.trim() === made.trim()) continue
    result.splice(from, to - from - 1, "", ...made.trim().split("\n"), "")
    isChanged = true
  }
  return isChanged ? result.join(document.includes("\r\n") ? "\r\n" : "\n") : document
}

/** What a document has to have of what can be made for it. */
function wanted({ type, facts, report }: Subject): readonly SectionName[] {
  const names: SectionName[] = []
  if (type !== undefined) names.push("declaration", "topics", "frames", "decode-tree", "guarantees")
  if (facts?.constants !== undefined) names.push("constants")
  if (report !== undefined) names.push("evidence")
  return names
}

/** The first lines that differ: the document's with `-`, the code's with `+`. */
function difference(file: string, { name, from, text }: GeneratedSection, made: string): Mismatch {
  const [before, after] = [text.trim().split("\n"), made.trim().split("\n")]
  const isEqual = (a: number, b: number): boolean => isSame(before[a] ?? "", after[b] ?? "")
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && isEqual(start, start)) start++
  let same = 0
  while (same < shorter - start && isEqual(before.length - 1 - same, after.length - 1 - same)) same++
  const shown = (lines: readonly string[], sign: string): readonly string[] => {
    const differing = lines.slice(start, lines.length - same)
    const more = differing.length - shownMax
    return [
      ...differing.slice(0, shownMax).map((line) => `  ${sign} ${line}`),
      ...(more > 0 ? [`  ${sign} ... ${more} lines more`] : []),
    ]
  }
  const blank = text.split("\n").findIndex((line) => line.trim() !== "")
  const message = [`the section ${name} is not what the code says`, ...shown(before, "-"), ...shown(after, "+")].join(
    "\n",
  )
  return { file, line: from + 1 + Math.max(0, blank) + start, code: "SECTION_DIFFERS", message }
}

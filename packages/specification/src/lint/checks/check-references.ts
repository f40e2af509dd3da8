import { definitionsIn } from "./definitions-in.js"
import type { Prose } from "../document/document.js"
import { excerpt } from "../words.js"
import type { CheckContext } from "./check.js"

const full = /\[([^[\]\n]{1,80})\]\[([^[\]\n]{0,80})\]/g
/** A label that reads as a citation: capitals, or the name of a series of documents. */
const citation =
  /(?<![\w\])}!$\\])\[((?:RFC|BCP|EIP|ERC|NIST|FIPS|ISO|IEEE|W3C)[- ]?[\w.-]{1,20}|[A-Z][A-Z0-9_]{2,}(?:-[A-Z0-9]+)*)\](?![[(:])/g
const noCitation = /^(TODO|TBD|FIXME|TBA|MUST|MAY|SHOULD|SHALL|NOT|OPTIONAL|REQUIRED|RECOMMENDED|NOTE|WIP)$/

/** Reference-style links and citations that nothing defines, and list items whose mark is not set off. */
export function checkReferences({ document, report }: CheckContext): void {
  const defined = definitionsIn(document.root)
  const listedAt = new Set<string>()
  for (const { text } of document.prose)
    for (const [, label = ""] of text.matchAll(/(?:^|\n)\s*\[([^\]\n]{1,80})\]/g)) listedAt.add(label.toLowerCase())
  const reported = new Set<string>()
  for (const prose of document.prose) {
    for (const match of prose.text.matchAll(full)) {
      if (document.source.charAt(prose.offsetOf(match.index) - 1) === "\\") continue
      const label = match[2] === "" ? (match[1] ?? "") : (match[2] ?? "")
      if (
        !inCode(prose, match.index) &&
        !defined.has(normal(label)) &&
        !/^[\d\s.:,+*-]*$/.test(label) &&
        !isIndex(prose.text, match.index)
      )
        report(
          "reference-undefined",
          prose.at(match.index),
          `[${excerpt(label, 40)}] is not defined: add a line “[${excerpt(label, 40)}]: address”`,
          "error",
        )
    }
    for (const match of prose.text.matchAll(citation)) {
      const label = match[1] ?? ""
      if (
        document.source.charAt(prose.offsetOf(match.index) - 1) === "\\" ||
        noCitation.test(label) ||
        inCode(prose, match.index) ||
        defined.has(normal(label)) ||
        listedAt.has(label.toLowerCase()) ||
        reported.has(label)
      )
        continue
      reported.add(label)
      report(
        "reference-undefined",
        prose.at(match.index),
        `[${label}] refers to nothing: define it, or list it under References`,
      )
    }
    for (const match of prose.text.matchAll(/(?:^|\n)([-*])(?=[A-Z])/g))
      if (prose.kind === "paragraph" && !inCode(prose, match.index))
        report(
          "list-marker",
          prose.at(match.index + match[0].length - 1),
          "this reads as a list item, but its mark is not followed by a space",
        )
  }
}

function normal(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase()
}

/** `a[i][j]`, which is no link. */
function isIndex(text: string, index: number): boolean {
  return /[\w)\]]/.test(text.charAt(index - 1))
}

function inCode({ spans }: Prose, index: number): boolean {
  return spans.some(({ kind, start, end }) => kind !== "strong" && start <= index && index < end)
}

import type { Prose } from "../document/document.js"
import { withAbove } from "../document/read-sections.js"
import type { Place } from "../report.js"
import type { CheckContext } from "./check.js"

const words =
  /\b(?:MUST(?: NOT)?|SHALL(?: NOT)?|SHOULD(?: NOT)?|REQUIRED|(?:NOT )?RECOMMENDED|MAY(?: NOT)?|OPTIONAL)\b/g
const source = /\b(?:RFC[\s-]?2119|RFC[\s-]?8174|BCP[\s-]?14)\b/i
const suggestions = /^implementation (?:suggestions|recommendations)\b/i
const announcing = /\b(?:key ?words?|words|terms|capital(?:s|ised|ized)?|uppercase|interpreted|used)\b/i

/** Key words of RFC 2119 used without saying so, and words that look like them. */
export function checkKeywords({ document, report }: CheckContext): void {
  const notice = document.prose.find(
    ({ kind, text, section }) =>
      kind !== "heading" && source.test(text) && announcing.test(text) && !/reference/i.test(section.heading),
  )
  checkMisplaced(document.prose, report)
  const uses: { readonly word: string; readonly place: Place }[] = []
  for (const prose of document.prose) {
    if (prose === notice || prose.kind === "heading") continue
    for (const match of prose.text.matchAll(words))
      if (!isQuoted(prose, match.index, match[0].length)) uses.push({ word: match[0], place: prose.at(match.index) })
    for (const match of prose.text.matchAll(/\b(?:MUST|SHOULD|SHALL|MAY) not\b/g))
      report(
        "keywords-misused",
        prose.at(match.index),
        `“${match[0]}” is half a key word: write ${match[0].toUpperCase().replace("MAY NOT", "MUST NOT or MAY")}`,
      )
  }
  for (const { place } of uses.filter(({ word }) => word === "MAY NOT"))
    report("keywords-misused", place, "“MAY NOT” is no key word, and can be read as MUST NOT: say which is meant")
  const used = uses.filter(({ word }) => word !== "MAY NOT")
  const [first] = used
  if (first === undefined) return
  const kinds = [...new Set(used.map(({ word }) => word))]
  if (notice === undefined) {
    const isListed = document.prose.some(({ text }) => source.test(text))
    const how = isListed
      ? "RFC 2119 is a reference, but no sentence says that the words are used in its sense"
      : "nothing says that they are used in the sense of RFC 2119"
    report(
      "keywords-unexplained",
      first.place,
      `${kinds.join(", ")} (${used.length === 1 ? "once" : `${used.length} times`}), and ${how}`,
    )
    return
  }
  const announced = new Set(notice.text.match(words) ?? [])
  const missing = used.find(({ word }) => !announced.has(word))
  if (announced.size > 0 && missing !== undefined)
    report(
      "keywords-unexplained",
      missing.place,
      `${missing.word} is used, and the notice on line ${notice.line} does not list it`,
      "note",
    )
}

/** Nobody has to follow a suggestion: what two implementations need of each other does not belong there. */
function checkMisplaced(prose: readonly Prose[], report: CheckContext["report"]): void {
  const found = prose
    .filter(
      ({ kind, section }) => kind !== "heading" && withAbove(section).some(({ heading }) => suggestions.test(heading)),
    )
    .flatMap((one) =>
      [...one.text.matchAll(/\b(?:MUST|SHALL)(?: NOT)?\b|\bREQUIRED\b/g)]
        .filter((match) => !isQuoted(one, match.index, match[0].length))
        .map((match) => ({ word: match[0], place: one.at(match.index) })),
    )
  const [first] = found
  if (first === undefined) return
  const kinds = [...new Set(found.map(({ word }) => word))].join(", ")
  const times = found.length === 1 ? "once" : `${found.length} times`
  report(
    "keywords-misplaced",
    first.place,
    `${kinds} (${times}) among suggestions, which nobody has to follow: move what interoperability needs into the specification`,
  )
}

/** Words that are spoken of, not used. */
function isQuoted({ text, spans }: Prose, index: number, length: number): boolean {
  if (spans.some(({ kind, start, end }) => kind === "code" && start <= index && index < end)) return true
  return /["“‘']/.test(text.charAt(index - 1)) && /["”’',]/.test(text.charAt(index + length))
}

import type { Place } from "../report.js"
import type { Prose } from "../document/document.js"
import type { CheckContext } from "./check.js"

const begins = /^([A-Z][A-Z0-9]{0,5})-(\d{1,4})(?![\w-])/
/** Prefixes of other people's numbers. */
const foreign = /^(RFC|EIP|ERC|BIP|BCP|LIP|SHA|AES|UTF|CVE|ISO|FIPS|NIST|IEEE|X)-/
const mentions = /(?<![\w./-])([A-Z][A-Z0-9]{0,5})-(\d{1,4})(?![\w-]|\.\d)/g

/** Numbered requirements, such as `PV1-7`: mentioned ones are defined, each once. */
export function checkRequirementIds({ document, report }: CheckContext): void {
  const defined = new Map<string, Place>()
  for (const prose of document.prose) {
    const id = definedIn(prose)
    if (id === undefined) continue
    const first = defined.get(id)
    if (first !== undefined && prose.kind !== "cell")
      report(
        "requirement-duplicate",
        prose,
        `${id} is defined on line ${first.line} already: give this one a number of its own`,
      )
    if (first === undefined) defined.set(id, prose)
  }
  const counts = new Map<string, number>()
  for (const id of defined.keys()) counts.set(prefix(id), (counts.get(prefix(id)) ?? 0) + 1)
  for (const prose of document.prose)
    for (const match of prose.text.matchAll(mentions)) {
      const id = match[0]
      // One alone can be anything: a name with a number.
      if ((counts.get(prefix(id)) ?? 0) < 2 || defined.has(id)) continue
      report("requirement-undefined", prose.at(match.index), `${id} is mentioned, and no requirement has that number`)
    }
}

/** A heading, a bold beginning or a table's first column defines what it begins with. */
function definedIn({ kind, text, spans, cell }: Prose): string | undefined {
  const found = begins.exec(text)?.[0]
  if (found === undefined || foreign.test(found)) return undefined
  if (kind === "heading") return found
  if (kind === "cell") return cell?.column === 0 && cell.row > 0 && text.trim() === found ? found : undefined
  return spans.some((span) => span.kind === "strong" && span.start === 0) || text.startsWith(`${found}:`)
    ? found
    : undefined
}

function prefix(id: string): string {
  return id.slice(0, id.lastIndexOf("-"))
}

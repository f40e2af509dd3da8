import type { Mismatch } from "./mismatch.js"
import type { Scan } from "./scan.js"

/** A file of code or tests, for the rules that it names. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** The words of a rule: from its number to the next rule or heading. */
export interface Rule {
  readonly id: string
  readonly line: number
  readonly text: string
}

/** Every rule that a document defines, `**RL-32.**` at the beginning of its paragraph or list item. */
export function rulesOf(document: Scan, prefix: string): readonly Rule[] {
  const { lines } = document
  const starts: { readonly id: string; readonly line: number }[] = []
  const ends: number[] = []
  const pattern = new RegExp(`^\\s*(?:-\\s+)?\\*\\*(${escapePattern(prefix)}-\\d+)\\.\\*\\*`)
  for (const [index, line] of lines.entries()) {
    if (!document.isProse(index + 1)) continue
    const id = pattern.exec(line)?.[1]
    if (id !== undefined) starts.push({ id, line: index + 1 })
    if (id !== undefined || /^#{1,6} /.test(line)) ends.push(index + 1)
  }
  return starts.map(({ id, line }) => {
    const end = ends.find((other) => other > line) ?? lines.length + 1
    return { id, line, text: lines.slice(line - 1, end - 1).join("\n") }
  })
}

/** Each rule stands once, is named by a source, and whatever names a rule names one that is there. */
export function checkRules(
  file: string,
  document: Scan,
  prefix: string,
  sources: readonly Source[] | undefined,
): readonly Mismatch[] {
  const found: Mismatch[] = []
  const rules = rulesOf(document, prefix)
  const defined = new Set<string>()
  for (const { id, line } of rules) {
    if (defined.has(id)) found.push({ file, line, code: "RULE_BAD", message: `${id} is defined twice` })
    defined.add(id)
  }
  for (const { id, line, between } of mentions({ path: file, text: document.lines.join("\n") }, prefix))
    if (!between && !defined.has(id))
      found.push({ file, line, code: "RULE_BAD", message: `${id} is named and not defined` })
  if (sources === undefined) return found
  const named = new Set<string>()
  for (const source of sources)
    for (const { id, line, between } of mentions(source, prefix)) {
      named.add(id)
      if (!between && !defined.has(id))
        found.push({ file: source.path, line, code: "RULE_BAD", message: `${id} is not a rule of ${file}` })
    }
  for (const { id, line } of rules)
    if (!named.has(id)) found.push({ file, line, code: "RULE_UNTESTED", message: `no test and no code names ${id}` })
  return found
}

interface Mention {
  readonly id: string
  readonly line: number
  /** Whether only the numbers around it are written: `RL-20 to RL-37`. A document may leave out numbers of rules that are gone. */
  readonly between: boolean
}

function mentions({ text }: Source, prefix: string): readonly Mention[] {
  if (!text.includes(`${prefix}-`)) return []
  const one = `(?<![A-Za-z0-9-])${escapePattern(prefix)}-(\\d+)(?![0-9A-Za-z-])`
  const pattern = new RegExp(`${one}(?:\\s+to\\s+${escapePattern(prefix)}-(\\d+)(?![0-9]))?`, "g")
  return text.split("\n").flatMap((content, index) =>
    [...content.matchAll(pattern)].flatMap(([, first, last]) => {
      const [from, to] = [Number(first), Number(last ?? first)]
      const numbers = to - from < 0 || to - from > 1000 ? [from, to] : range(from, to)
      return numbers.map((number) => ({
        id: `${prefix}-${number}`,
        line: index + 1,
        between: number !== from && number !== to,
      }))
    }),
  )
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&")
}

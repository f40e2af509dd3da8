import type { Code, Nodes, Paragraph, PhrasingContent, Heading, TableCell, Table } from "mdast"
import type { CodeBlock, Located, Prose, Section, Span } from "./document.js"
import type { Place } from "../report.js"

interface Source {
  readonly source: string
  place(offset: number): Place
}

interface Pieces {
  text: string
  /** Where each run of the text stands in the source. */
  readonly runs: { readonly index: number; readonly offset: number }[]
  readonly spans: Span[]
}

/** The prose, code and HTML under a node, in order. Depth is bounded by the caller. */
export function collect(
  node: Nodes,
  section: Section,
  around: Source,
  into: { readonly prose: Prose[]; readonly code: CodeBlock[]; readonly html: Located[] },
  startsItem = false,
): void {
  switch (node.type) {
    case "paragraph":
    case "heading":
      into.prose.push(proseOf(node, section, around, startsItem))
      return
    case "table":
      collectTable(node, section, around, into.prose)
      return
    case "code":
      into.code.push(codeOf(node, section, around))
      return
    case "html":
      into.html.push(located(node.value, node.position?.start.offset ?? 0, around))
      return
    default:
      if (!("children" in node)) return
      for (const [index, child] of node.children.entries())
        collect(child, section, around, into, node.type === "listItem" && index === 0)
  }
}

function collectTable(table: Table, section: Section, around: Source, prose: Prose[]): void {
  const rows = table.children.map((row) => row.children.map((cell) => proseOf(cell, section, around, false)))
  const header = (rows[0] ?? []).map(({ text }) => text.trim())
  for (const [row, cells] of rows.entries())
    for (const [column, cell] of cells.entries()) prose.push({ ...cell, cell: { row, column, header } })
}

function proseOf(node: Paragraph | Heading | TableCell, section: Section, around: Source, startsItem: boolean): Prose {
  const pieces: Pieces = { text: "", runs: [], spans: [] }
  for (const child of node.children) append(child, pieces, around.source)
  const { runs, text, spans } = pieces
  const start = node.position?.start ?? { line: 1, column: 1 }
  const offsetOf = (index: number): number => {
    const run = lastBefore(runs, index, (one) => one.index)
    return run === undefined ? (node.position?.start.offset ?? 0) : run.offset + index - run.index
  }
  return {
    kind: node.type === "tableCell" ? "cell" : node.type,
    section,
    text,
    spans,
    startsItem,
    line: start.line,
    column: start.column,
    offsetOf,
    at: (index) => around.place(offsetOf(index)),
  }
}

function append(node: PhrasingContent, pieces: Pieces, source: string): void {
  const start = pieces.text.length
  const offset = node.position?.start.offset ?? 0
  switch (node.type) {
    case "text":
      appendLines(node.value, offset, pieces, source)
      return
    case "inlineCode":
      appendLines(node.value, offset + 1, pieces, source)
      pieces.spans.push({ kind: "code", start, end: pieces.text.length, text: node.value })
      return
    case "break":
      pieces.text += "\n"
      return
    case "image":
    case "imageReference":
      appendLines(node.alt ?? "", offset, pieces, source)
      return
    default:
      if (!("children" in node)) return
      for (const child of node.children) append(child, pieces, source)
      if (node.type === "link" || node.type === "linkReference" || node.type === "strong")
        pieces.spans.push({
          kind: node.type === "strong" ? "strong" : "link",
          start,
          end: pieces.text.length,
          text: pieces.text.slice(start),
        })
  }
}

/** Line by line, since what indents a continued line is not in the value. */
function appendLines(value: string, offset: number, pieces: Pieces, source: string): void {
  let cursor = offset
  for (const [index, line] of value.split("\n").entries()) {
    if (index > 0) pieces.text += "\n"
    const found = line === "" ? 0 : source.slice(cursor, cursor + line.length + 200).indexOf(line)
    if (found < 0) cursor = appendEscaped(line, cursor, pieces, source)
    else {
      pieces.runs.push({ index: pieces.text.length, offset: cursor + found })
      pieces.text += line
      cursor += found + line.length
    }
  }
}

/** A line that the source writes with backslashes or character references. */
function appendEscaped(line: string, offset: number, pieces: Pieces, source: string): number {
  let cursor = offset
  let isAligned = false
  for (const character of line) {
    const found = source.slice(cursor, cursor + 12).indexOf(character)
    if (found !== 0 || !isAligned) pieces.runs.push({ index: pieces.text.length, offset: cursor + Math.max(0, found) })
    isAligned = found >= 0
    pieces.text += character
    cursor += isAligned ? found + character.length : 0
  }
  return cursor
}

function codeOf(node: Code, section: Section, around: Source): CodeBlock {
  const { line = 1, column = 1, offset = 0 } = node.position?.start ?? {}
  const fenced = /^(```|~~~)/.test(around.source.slice(offset, offset + 3))
  const begins = fenced ? nextLine(around.source, offset) : offset
  return {
    language: (node.lang ?? "").toLowerCase(),
    section,
    line,
    column,
    ...located(node.value, begins, around),
  }
}

/** Text that stands in the source line by line, perhaps indented. */
function located(text: string, offset: number, around: Source): Located {
  let lines: readonly (readonly [index: number, offset: number])[] | undefined
  return {
    text,
    at: (index) => {
      lines ??= linesOf(text, offset, around.source)
      const [start, at] = lastBefore(lines, index, ([begins]) => begins) ?? [0, offset]
      return around.place(Math.min(around.source.length, at + index - start))
    },
  }
}

function linesOf(text: string, offset: number, source: string): (readonly [number, number])[] {
  const lines: (readonly [number, number])[] = []
  let index = 0
  let start = offset
  for (const line of text.split("\n")) {
    const end = nextLine(source, start)
    lines.push([index, start + Math.max(0, source.slice(start, end).indexOf(line))])
    index += line.length + 1
    start = end
  }
  return lines
}

function nextLine(source: string, offset: number): number {
  const index = source.indexOf("\n", offset)
  return index < 0 ? source.length : index + 1
}

/** The last of a sorted list that begins at the index or before. */
function lastBefore<T>(sorted: readonly T[], index: number, begins: (one: T) => number): T | undefined {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (begins(sorted[middle] as T) <= index) low = middle
    else high = middle - 1
  }
  return sorted[low]
}

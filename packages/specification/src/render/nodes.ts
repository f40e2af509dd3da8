import type { BlockContent, DefinitionContent, PhrasingContent, RootContent, Table } from "mdast"
import { gfmToMarkdown } from "mdast-util-gfm"
import { toMarkdown } from "mdast-util-to-markdown"

/** What stands in a line: plain text, or nodes that {@link code} and the like made. */
export type Inline = string | PhrasingContent | readonly (PhrasingContent | string)[]

/**
 * Blocks as Markdown, in the form that Prettier leaves as it is. Whatever a text holds is shown and never read as markup: the printer escapes
 * it, and characters that change how others are shown become U+FFFD.
 */
export function printBlocks(blocks: readonly RootContent[]): string {
  return toMarkdown(
    { type: "root", children: [...blocks] },
    { bullet: "-", emphasis: "_", fence: "`", fences: true, listItemIndent: "one", extensions: [gfmToMarkdown()] },
  )
}

/** Line breaks become spaces; controls, bidirectional overrides, lone surrogates and unassigned characters U+FFFD. */
export function visible(text: string): string {
  return text
    .replace(/[\s\u0085\u2028\u2029]+/gu, " ")
    .replace(/\p{C}/gu, "\ufffd")
    .trim()
}

/** A number with a comma before each three digits. */
export function count(value: number): string {
  const [whole = "", fraction] = String(value).split(".")
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",")
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

export function code(text: string): PhrasingContent {
  const value = visible(text)
  // Nothing between backticks is two backticks, and a table takes a backslash away from before a bar.
  return value === "" || value.includes("\\|") ? { type: "text", value } : { type: "inlineCode", value }
}

export function paragraph(content: Inline): BlockContent {
  return { type: "paragraph", children: phrasing(content) }
}

export function heading(depth: 1 | 2 | 3, content: Inline): BlockContent {
  return { type: "heading", depth, children: phrasing(content) }
}

export function bullets(items: readonly Inline[]): BlockContent {
  return {
    type: "list",
    ordered: false,
    spread: false,
    children: items.map((item) => ({
      type: "listItem",
      spread: false,
      children: [paragraph(item) as BlockContent | DefinitionContent],
    })),
  }
}

/** The parts with a comma between each two. */
export function listed(parts: readonly Inline[]): Inline {
  return parts.flatMap((part, index) => (index === 0 ? partsOf(part) : [", ", ...partsOf(part)]))
}

/** The first row is the head. */
export function table(rows: readonly (readonly Inline[])[]): Table {
  return {
    type: "table",
    children: rows.map((cells) => ({
      type: "tableRow",
      children: cells.map((cell) => ({ type: "tableCell", children: phrasing(cell) })),
    })),
  }
}

/** The value is printed as it is, in a fence that it can't close. */
export function block(language: string, value: string): BlockContent {
  return { type: "code", lang: language, value }
}

export function comment(text: string): RootContent {
  return { type: "html", value: `<!-- ${text} -->` }
}

function phrasing(content: Inline): PhrasingContent[] {
  return partsOf(content)
    .filter((part) => part !== "")
    .map((part) => (typeof part === "string" ? { type: "text", value: shown(part) } : part))
}

function partsOf(content: Inline): readonly (PhrasingContent | string)[] {
  return typeof content === "string" || "type" in content ? [content] : content
}

/** As {@link visible}, and the spaces at the ends stay: they part a text from the node beside it. */
function shown(text: string): string {
  const [start, end] = [/^\s/.test(text) ? " " : "", /\s$/.test(text) ? " " : ""]
  const middle = visible(text)
  return middle === "" ? start : `${start}${middle}${end}`
}

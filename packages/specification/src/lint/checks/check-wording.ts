import { visit } from "unist-util-visit"
import type { Prose, SpecificationDocument } from "../document/document.js"
import { excerpt } from "../words.js"
import type { CheckContext } from "./check.js"

const doubled = /\b(the|an?|of|to|with|in|and|for|by|on|be|are|or|as|from|this|it|we|at)\s+\1\b/gi
const arrow = /^\s*[\w .]+?\s*(?:<<)?-{1,2}[>x)]{1,2}[+-]?\s*[\w .]+?\s*:\s*<?([A-Z]\w*)>?(?:\(.*\))?\s*$/

/** Slips that readers stumble over: a word twice, an item with nothing in it, a drawing that speaks of what the text does not. */
export function checkWording(context: CheckContext): void {
  const { document, report } = context
  for (const prose of document.prose)
    for (const match of prose.text.matchAll(doubled))
      if (!isCode(prose, match.index))
        report("doubled-word", prose.at(match.index), `“${excerpt(match[0])}”: once is enough`)
  visit(document.root, "listItem", (node) => {
    const { line = 1, column = 1 } = node.position?.start ?? {}
    if (node.children.length === 0)
      report("unresolved-mark", { line, column }, "a list item is empty: fill it in, or remove it")
  })
  checkDrawings(context)
}

/** Names of messages in a sequence diagram. */
function checkDrawings({ document, report }: CheckContext): void {
  const text = textOf(document)
  const said = plain(text)
  for (const block of document.code) {
    if (block.language !== "mermaid" || !/^\s*sequenceDiagram\b/.test(block.text)) continue
    let index = 0
    for (const line of block.text.split("\n")) {
      const name = arrow.exec(line)?.[1]
      if (name !== undefined && /\d|[a-z][A-Z]/.test(name) && !isSaid(name, text, said))
        report(
          "diagram-unknown",
          block.at(index + line.lastIndexOf(name)),
          `the text does not say what ${excerpt(name, 40)} is`,
        )
      index += line.length + 1
    }
  }
}

function textOf({ prose, code }: SpecificationDocument): string {
  return [...prose, ...code.filter(({ language }) => language !== "mermaid")].map(({ text }) => text).join("\n")
}

function isSaid(name: string, text: string, said: string): boolean {
  return name.length < 5 ? new RegExp(`\\b${name}\\b`, "i").test(text) : said.includes(plain(name))
}

function plain(text: string): string {
  return text.replace(/[^a-z0-9]/gi, "").toLowerCase()
}

function isCode({ spans }: Prose, index: number): boolean {
  return spans.some(({ kind, start, end }) => kind === "code" && start <= index && index < end)
}

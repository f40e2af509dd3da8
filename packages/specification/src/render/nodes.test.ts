import fc from "fast-check"
import type { Nodes } from "mdast"
import { toString } from "mdast-util-to-string"
import remarkGfm from "remark-gfm"
import remarkParse from "remark-parse"
import { unified } from "unified"
import { visit } from "unist-util-visit"
import { expect, test } from "vitest"
import { block, bullets, code, heading, paragraph, printBlocks, table, visible } from "./nodes.js"

const parse = (markdown: string): Nodes => unified().use(remarkParse).use(remarkGfm).parse(markdown)

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "a | b",
    "`",
    "``` x",
    "<script>alert(1)</script>",
    "<!-- end -->",
    "[x](javascript:1)",
    "![x](http://a.b)",
    "http://a.example/b",
    "a@b.example",
    "# h",
    "- x\n- y",
    "1. x",
    "***",
    "&lt;b&gt;",
    "\\|",
    "a\u202eb",
    "~~x~~",
    "[^1]: x",
    "| - |\n| - |",
  ),
)

test("whatever a text holds is read back as that text, and as nothing else", () => {
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      const markdown = printBlocks([
        heading(2, ["h ", a]),
        paragraph(["p ", a]),
        bullets([["i ", b]]),
        table([
          ["head", ["h ", a]],
          [["c ", b], code(a)],
        ]),
      ])
      const tree = parse(markdown)
      const kinds: string[] = []
      const cells: string[] = []
      visit(tree, (node) => {
        if (node.type === "tableCell") cells.push(toString(node).replace(/ +/g, " "))
        // An address that is written out may become a link: to what it says, and to nothing else.
        if (node.type === "link" && decodeURI(node.url).endsWith(toString(node))) return
        if (!["text", "paragraph", "inlineCode"].includes(node.type)) kinds.push(node.type)
      })
      expect(kinds).toEqual([
        ...["root", "heading", "list", "listItem", "table"],
        ...["tableRow", "tableCell", "tableCell", "tableRow", "tableCell", "tableCell"],
      ])
      expect(cells).toEqual(["head", `h ${visible(a)}`.trim(), `c ${visible(b)}`.trim(), visible(a)])
    }),
  )
})

test("a fence is longer than any in what it holds", () => {
  const tree = parse(printBlocks([block("mermaid", "a\n````\nb"), paragraph("after")]))
  expect("children" in tree ? tree.children.map(({ type }) => type) : []).toEqual(["code", "paragraph"])
})

test("what changes how other characters are shown is replaced", () => {
  expect(visible("a\u202eb\u0000\n c\ud800")).toBe("a\ufffdb\ufffd c\ufffd")
})

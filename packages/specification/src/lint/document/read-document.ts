import type { Root } from "mdast"
import remarkFrontmatter from "remark-frontmatter"
import remarkGfm from "remark-gfm"
import remarkParse from "remark-parse"
import { unified } from "unified"
import type { CodeBlock, Located, Prose, SpecificationDocument } from "./document.js"
import { readFrontMatter } from "./front-matter.js"
import { placesOf } from "./lines.js"
import { collect } from "./read-prose.js"
import { readOutline } from "./read-sections.js"

const parser = unified().use(remarkParse).use(remarkFrontmatter, ["yaml"]).use(remarkGfm)

/** Throws what the parser throws, which on text that {@link refusalOf} lets through is a stack overflow at worst. */
export function readDocument(path: string, source: string): SpecificationDocument {
  const root: Root = parser.parse(source)
  const frontMatter = readFrontMatter(root)
  const { title, preamble, sections } = readOutline(root, frontMatter)
  const place = placesOf(source)
  const into = { prose: [] as Prose[], code: [] as CodeBlock[], html: [] as Located[] }
  let section = preamble
  let next = 0
  for (const node of root.children) {
    const { line = 1 } = node.position?.start ?? {}
    while (sections[next] !== undefined && (sections[next]?.line ?? 0) <= line) section = sections[next++] ?? section
    collect(node, section, { source, place }, into)
  }
  return { path, source, root, frontMatter, title, preamble, sections, place, ...into }
}

import type { Heading, Nodes, Root } from "mdast"
import { toString } from "mdast-util-to-string"
import type { Section, Titled } from "./document.js"
import type { FrontMatter } from "./front-matter.js"
import { templateSection } from "./template.js"

export interface Outline {
  readonly title: Titled | undefined
  readonly preamble: Section
  readonly sections: readonly Section[]
}

/** The headings as a tree. The first heading is the title if it alone is of the first level, or names no section of the template. */
export function readOutline(root: Root, frontMatter: FrontMatter): Outline {
  const preamble: Section = { heading: "", level: 0, parent: undefined, children: [], content: [], line: 1, column: 1 }
  const sections: Section[] = []
  let title: Titled | undefined
  let current = preamble
  for (const node of root.children as Nodes[]) {
    if (node.type !== "heading") {
      current.content.push(node)
      continue
    }
    const heading = toString(node).trim()
    const { line = 1, column = 1 } = node.position?.start ?? {}
    if (sections.length === 0 && title === undefined && isTitle(node, heading, root)) {
      title = { text: heading, line, column }
      continue
    }
    let parent: Section | undefined = current.level === 0 ? undefined : current
    while (parent !== undefined && parent.level >= node.depth) parent = parent.parent
    current = { heading, level: node.depth, parent, children: [], content: [], line, column }
    parent?.children.push(current)
    sections.push(current)
  }
  const named = frontMatter.fields.get("title")
  if (named !== undefined && named.value !== "") title = { text: named.value, line: named.line, column: named.column }
  return { title, preamble, sections }
}

function isTitle(node: Heading, heading: string, root: Root): boolean {
  if (node.depth !== 1) return false
  const isAlone = root.children.filter((one) => one.type === "heading" && one.depth === 1).length === 1
  return isAlone ? templateSection(heading) !== "abstract" : templateSection(heading) === undefined
}

/** A section and those that it stands in, the innermost first. */
export function withAbove(section: Section): Section[] {
  const all: Section[] = []
  for (let next: Section | undefined = section; next !== undefined; next = next.parent) all.push(next)
  return all
}

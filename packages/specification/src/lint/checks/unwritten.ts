import type { Section, SpecificationDocument } from "../document/document.js"

const nothing = /^[\W_]*(?:(?:TODO|TBD|FIXME|TBA)\b[\W_]*)*$/

/** Whether there is nothing under a heading, or only a mark that something should be. */
export function isUnwritten(section: Section, { prose }: SpecificationDocument): boolean {
  if (section.children.length > 0) return false
  const content = section.content.filter(({ type }) => type !== "thematicBreak")
  if (content.length === 0) return true
  // What stands between comments a tool fills in.
  if (!content.every(({ type }) => type === "paragraph" || type === "list" || type === "blockquote")) return false
  const text = prose.filter((one) => one.section === section && one.kind !== "heading").map((one) => one.text)
  return nothing.test(text.join(" ")) && !content.some((node) => JSON.stringify(node).includes('"image"'))
}

import type { Root } from "mdast"
import { visit } from "unist-util-visit"

/** The labels of reference-style links and footnotes that a document defines, in one form. */
export function definitionsIn(root: Root): ReadonlySet<string> {
  const labels = new Set<string>()
  visit(root, (node) => {
    if (node.type === "definition" || node.type === "footnoteDefinition")
      labels.add((node.label ?? node.identifier).trim().replace(/\s+/g, " ").toLowerCase())
  })
  return labels
}

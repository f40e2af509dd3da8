import type { Root } from "mdast"
import type { LintFinding } from "./report.js"

interface Allowance {
  readonly rules: ReadonlySet<string>
  readonly from: number
  readonly to: number
}

const comment = /<!--\s*spec-lint-allow(-document)?:?\s+([\w-]+(?:\s*,\s*[\w-]+){0,50})\s*-->/

/**
 * What an author allows on purpose: `<!-- spec-lint-allow: left-open -->` in the block that follows the comment, or that holds it;
 * `spec-lint-allow-document` anywhere.
 */
export function withoutAllowed(findings: readonly LintFinding[], root: Root): readonly LintFinding[] {
  const allowances: Allowance[] = []
  for (const [index, node] of root.children.entries()) {
    const texts = node.type === "html" ? [node.value] : "children" in node ? htmlIn(node.children) : []
    for (const text of texts) {
      const [, isWhole, names = ""] = comment.exec(text) ?? []
      if (names === "") continue
      const next = node.type === "html" ? (root.children[index + 1] ?? node) : node
      allowances.push({
        rules: new Set(names.split(",").map((name) => name.trim())),
        from: isWhole === undefined ? (node.position?.start.line ?? 1) : 1,
        to: isWhole === undefined ? (next.position?.end.line ?? 1) : Infinity,
      })
    }
  }
  if (allowances.length === 0) return findings
  return findings.filter(
    ({ rule, line }) => !allowances.some(({ rules, from, to }) => from <= line && line <= to && rules.has(rule)),
  )
}

function htmlIn(nodes: readonly { readonly type: string; readonly value?: string }[]): string[] {
  return nodes.filter(({ type }) => type === "html").map(({ value = "" }) => value)
}

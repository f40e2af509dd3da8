import type { FrameNode } from "@colloquy/core"
import { visible } from "./nodes.js"

/** What one person sends to another, as a person reads it. */
export interface FlowArrow {
  readonly from: string
  readonly to: string
  readonly label: string
  /** It does not go over the delivery service: it is handed over by some other way. */
  readonly aside?: boolean
}

export interface Flow {
  /** In the order in which they stand. */
  readonly people: readonly string[]
  readonly arrows: readonly FlowArrow[]
}

/** The decode tree: what the first choice is, where each answer leads, and what becomes of everything else. */
export function decodeTree(root: FrameNode): string {
  const lines = ["flowchart LR", `  bytes(["bytes"]) --> f0`]
  let count = 0
  const visit = (node: FrameNode, depth: number): string => {
    const id = `f${count++}`
    const fields = node.fields.map(({ name }) => name).join(", ")
    const label = fields === "" ? quoted(node.name) : quoted(`${node.name}: ${fields}`)
    lines.push(node.children.length === 0 ? `  ${id}[${label}]` : `  ${id}{{${label}}}`)
    for (const child of node.children) {
      const below = visit(child, depth + 1)
      lines.push(`  ${id} -->|${quoted(String(child.tag))}| ${below}`)
    }
    if (depth === 0 && node.children.length > 0) {
      lines.push(`  unknown(["unknown frame, reported"])`, `  ${id} -->|"another number"| unknown`)
    }
    return id
  }
  visit(root, 0)
  lines.push(`  refused(["refused"])`, `  bytes -->|"no such encoding"| refused`)
  return lines.join("\n")
}

/** Who sends what to whom, in order. */
export function messageFlow({ people, arrows }: Flow): string {
  const ids = new Map(people.map((name, index) => [name, `p${index}`]))
  const id = (name: string): string => {
    const known = ids.get(name) ?? `p${ids.size}`
    ids.set(name, known)
    return known
  }
  const steps = arrows.map(
    ({ from, to, label, aside }) =>
      `  ${id(from)}${aside === true ? "-->>" : "->>"}${id(to)}: ${escaped(label, specialInText)}`,
  )
  const participants = [...ids].map(([name, known]) => `  participant ${known} as ${escaped(name)}`)
  return ["sequenceDiagram", ...participants, ...steps].join("\n")
}

function quoted(text: string): string {
  return `"${escaped(text, specialInText)}"`
}

/** What may mean something to Mermaid in a name, and in a text that is quoted or goes to the end of the line. */
const specialInName = /[^A-Za-z0-9 _.]/gu
const specialInText = /[^A-Za-z0-9 _.,:()/'-]/gu

/** Mermaid's own way to write any character: `#` and its number. The word `end` closes a block wherever it stands. */
function escaped(text: string, special: RegExp = specialInName): string {
  const written = visible(text)
    .replace(special, (character) => `#${character.codePointAt(0)};`)
    .replace(/\bend\b/gi, (word) => `#${word.codePointAt(0)};${word.slice(1)}`)
  return written === "" ? "#32;" : written
}

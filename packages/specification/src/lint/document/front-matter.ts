import type { Root, Table } from "mdast"
import { toString } from "mdast-util-to-string"
import { LineCounter, parseDocument } from "yaml"
import type { Place } from "../report.js"

/** What a document says about itself: YAML between dashes, or a table of fields and values under the title. */
export interface FrontMatter {
  readonly form: "yaml" | "table" | "none"
  /** Lower-case names. Values that are no text, number or list of them are left out. */
  readonly fields: ReadonlyMap<string, FrontField>
  readonly problems: readonly (Place & { readonly message: string })[]
}

export interface FrontField extends Place {
  readonly value: string
}

const charactersMax = 16_384

export function readFrontMatter(root: Root): FrontMatter {
  const first = root.children[0]
  if (first?.type === "yaml") return readYaml(first.value, first.position?.start.line ?? 1)
  const table = root.children.slice(0, 4).find((node) => node.type === "table")
  if (table !== undefined && isFieldTable(table)) return readTable(table)
  return { form: "none", fields: new Map(), problems: [] }
}

function readYaml(text: string, startLine: number): FrontMatter {
  const fields = new Map<string, FrontField>()
  const at = (line: number): Place => ({ line: startLine + line, column: 1 })
  if (text.length > charactersMax)
    return { form: "yaml", fields, problems: [{ ...at(0), message: `it is longer than ${charactersMax} characters` }] }
  try {
    const lines = new LineCounter()
    const yaml = parseDocument(text, { lineCounter: lines, schema: "core", logLevel: "silent" })
    const problems = yaml.errors.map(({ message, pos }) => ({
      ...at(lines.linePos(pos[0]).line),
      message: message.replace(/ at line [\s\S]*$/, ""),
    }))
    if (problems.length > 0) return { form: "yaml", fields, problems }
    const value: unknown = yaml.toJS({ maxAliasCount: 10 })
    if (value === null || value === undefined) return { form: "yaml", fields, problems: [] }
    if (typeof value !== "object" || Array.isArray(value))
      return { form: "yaml", fields, problems: [{ ...at(1), message: "it is no list of names and values" }] }
    for (const [name, one] of Object.entries(value)) {
      const line = text.split("\n").findIndex((text) => text.trimStart().startsWith(`${name}:`))
      fields.set(name.toLowerCase(), { value: printed(one), ...at(line < 0 ? 0 : line + 1) })
    }
    return { form: "yaml", fields, problems: [] }
  } catch {
    return { form: "yaml", fields, problems: [{ ...at(0), message: "it cannot be read" }] }
  }
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string").join(", ")
  return typeof value === "string" || typeof value === "number" ? String(value).trim() : ""
}

function isFieldTable(table: Table): boolean {
  const [name, value, more] = table.children[0]?.children.map((cell) => toString(cell).trim().toLowerCase()) ?? []
  return name === "field" && value === "value" && more === undefined
}

function readTable(table: Table): FrontMatter {
  const fields = new Map<string, FrontField>()
  for (const row of table.children.slice(1)) {
    const [name = "", value = ""] = row.children.map((cell) => toString(cell).trim())
    const { line = 1, column = 1 } = row.position?.start ?? {}
    if (name !== "") fields.set(name.toLowerCase(), { value, line, column })
  }
  return { form: "table", fields, problems: [] }
}

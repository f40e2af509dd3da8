import type { AnyConversationType } from "@colloquy/core"
import { parse } from "yaml"
import type { Mismatch } from "./mismatch.js"
import { frontMatterEnd, type Scan } from "./scan.js"

/** The front matter and the first heading name the document, and name the type as its declaration does (CT-10, CT-11). */
export function checkTitle(file: string, document: Scan, type: AnyConversationType | undefined): readonly Mismatch[] {
  const found: Mismatch[] = []
  const differs = (line: number, message: string): number => found.push({ file, line, code: "TITLE", message })
  const { lines } = document
  const end = frontMatterEnd(lines)
  const front = end === 0 ? undefined : readFrontMatter(lines.slice(1, end - 1).join("\n"))
  if (front === undefined) {
    differs(1, "there is no front matter with title and version")
    return found
  }
  const lineOf = (key: string): number => Math.max(1, lines.findIndex((line) => line.startsWith(`${key}:`)) + 1)
  const { title, version, type: id } = front
  if (typeof title !== "string" || title === "") differs(1, "the front matter has no title")
  if (!Number.isSafeInteger(version)) differs(1, "the front matter has no version")
  const headingAt = lines.findIndex((line, index) => document.isProse(index + 1) && line.startsWith("# "))
  const heading = lines[headingAt]?.slice(2).trim()
  if (typeof title === "string" && heading !== title)
    differs(Math.max(1, headingAt + 1), `the first heading is not the title\n  - ${heading ?? ""}\n  + ${title}`)
  if (type === undefined) return found
  const said = type.declaration.specification.title
  if (title !== said) differs(lineOf("title"), `the title differs\n  - ${String(title)}\n  + ${said}`)
  if (version !== type.name.version)
    differs(lineOf("version"), `the version differs\n  - ${String(version)}\n  + ${type.name.version}`)
  if (id !== type.id) differs(lineOf("type"), `the type differs\n  - ${String(id)}\n  + ${type.id}`)
  return found
}

function readFrontMatter(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = parse(text, { maxAliasCount: 0 })
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

import { excerpt, isOneEdit } from "../words.js"
import type { CheckContext } from "./check.js"

const identifiers = /(?<![\w.\-/])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w(/-]|\.\w)/g

const isExplained = /^\s*(?:\([^()]{0,80}\)\s*)?(?:is|are|means|holds?)\b/

/** A name set as code that is a field but for one letter: one of the two is a slip, and an implementer has to guess which. */
export function checkNames({ document, definitions, report }: CheckContext): void {
  const fields = definitions.messages.flatMap(({ fullName, fields }) => fields.map(({ name }) => ({ name, fullName })))
  if (fields.length === 0) return
  const known = new Set([
    ...fields.map(({ name }) => name),
    ...definitions.messages.flatMap(({ fields }) => fields.map(({ oneof }) => oneof ?? "")),
  ])
  const uses = new Map<string, { readonly line: number; readonly column: number; readonly count: number }>()
  for (const prose of document.prose)
    for (const { kind, start, text } of prose.spans) {
      if (kind !== "code") continue
      for (const { 0: name, index } of text.matchAll(identifiers)) {
        if (known.has(name)) continue
        // “`a` and `b` are ...” speaks of fields of another document.
        if (isExplained.test(prose.text.slice(start + index + name.length, start + index + name.length + 120))) continue
        const use = uses.get(name)
        uses.set(name, { ...(use ?? prose.at(start + index)), count: (use?.count ?? 0) + 1 })
      }
    }
  for (const [name, { count, ...place }] of [...uses].slice(0, 300)) {
    // A plural or singular is no slip, and what gets a value is a name of its own.
    const near = fields.find(
      (field) => isOneEdit(name, field.name) && name !== `${field.name}s` && field.name !== `${name}s`,
    )
    if (near === undefined || new RegExp(`\\b${name}\`?\\s*(?::=|=(?!=))`).test(document.source)) continue
    report(
      "field-unknown",
      place,
      `\`${excerpt(name, 40)}\`${count === 1 ? "" : ` (${count} times)`} is no field: ${near.fullName} has \`${near.name}\``,
    )
  }
}

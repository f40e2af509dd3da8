import { toHex } from "@colloquy/core"

/** A text that is equal for equal values and no others: bytes, maps and big numbers included, functions left out. */
export function snapshot(value: unknown): string {
  if (value instanceof Uint8Array) return `x${toHex(value)}`
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, item]) => `${snapshot(key)}=>${snapshot(item)}`)
      .sort()
      .join()}}`
  if (value instanceof Error) return `${value.name} ${(value as { code?: string }).code} ${value.message}`
  if (Array.isArray(value)) return `[${value.map(snapshot).join()}]`
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .filter(([, item]) => typeof item !== "function" && item !== undefined)
      .map(([name, item]) => `${name}:${snapshot(item)}`)
      .join()}}`
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "bigint") return `${value}n`
  return Object.is(value, -0) ? "-0" : String(value)
}

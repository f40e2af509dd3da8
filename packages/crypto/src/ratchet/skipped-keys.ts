import type { SkippedKey, SkippedKeys, SkippedPatch } from "./state.js"

export const skippedKeysMax = 1024
export const skippedKeyLifetimeMs: number = 30 * 24 * 3_600_000

interface SkippedChange {
  readonly patch: SkippedPatch
  /** The keys of rows that fall out. */
  readonly superseded: readonly Uint8Array[]
}

/** Adds keys, newest last. What would exceed 1,024 rows falls out, oldest first. Owns the added keys. */
export function keepSkippedKeys(rows: SkippedKeys, added: ReadonlyMap<string, SkippedKey>): SkippedChange {
  const excess = rows.size + added.size - skippedKeysMax
  if (excess <= 0) return { patch: added, superseded: [] }
  const patch = new Map<string, SkippedKey | undefined>()
  const superseded: Uint8Array[] = []
  const stored = [...rows].sort(byAge)
  for (const [row, key] of stored.slice(0, excess)) {
    patch.set(row, undefined)
    superseded.push(key.messageKey)
  }
  let dropped = excess - stored.length
  for (const [row, key] of added) {
    if (dropped-- > 0) key.messageKey.fill(0)
    else patch.set(row, key)
  }
  return { patch, superseded }
}

/** Deletes the rows whose time is over, and says when the next one's is. */
export function sweepSkippedKeys(rows: SkippedKeys, nowMs: number): SkippedChange & { readonly nextMs?: number } {
  const patch = new Map<string, undefined>()
  const superseded: Uint8Array[] = []
  let nextMs = Number.POSITIVE_INFINITY
  for (const [row, key] of rows) {
    if (key.keptUntilMs > nowMs) nextMs = Math.min(nextMs, key.keptUntilMs)
    else {
      patch.set(row, undefined)
      superseded.push(key.messageKey)
    }
  }
  return { patch, superseded, ...(nextMs === Number.POSITIVE_INFINITY ? {} : { nextMs }) }
}

function byAge([rowA, a]: readonly [string, SkippedKey], [rowB, b]: readonly [string, SkippedKey]): number {
  return a.keptUntilMs - b.keptUntilMs || a.number - b.number || (rowA < rowB ? -1 : 1)
}

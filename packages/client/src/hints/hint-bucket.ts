import { ColloquyError, compareBytes } from "@colloquy/core"
import { type Print, printBytes, readPrint, readUint32, writePrint } from "./print.js"

/** The first bytes of a conversation's blinded id: with so many it is found in the store. */
export const ownerBytes = 8
const entryBytes = printBytes + ownerBytes
/** A bucket with more entries is divided. So small, a sealed one is read and written where it stands: SQLite keeps larger values in several pages. */
const entriesMax = 56

/** A hint that is expected, and by which conversation. */
export interface HintEntry {
  readonly print: Print
  /** 8 bytes. */
  readonly owner: Uint8Array
}

/** `print ‖ owner` of each entry, in ascending order. */
export function encodeBucket(entries: readonly HintEntry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * entryBytes)
  for (const [index, { print, owner }] of entries.entries()) {
    writePrint(bytes, index * entryBytes, print)
    bytes.set(owner, index * entryBytes + printBytes)
  }
  return bytes
}

/** Throws `STORE_DAMAGED`. */
export function decodeBucket(bytes: Uint8Array): HintEntry[] {
  if (bytes.length % entryBytes !== 0)
    throw new ColloquyError("STORE_DAMAGED", "a stored bucket of hints does not decode")
  const entries: HintEntry[] = []
  for (let at = 0; at < bytes.length; at += entryBytes)
    entries.push({ print: readPrint(bytes, at), owner: bytes.subarray(at + printBytes, at + entryBytes) })
  return entries
}

/** Tells the upper halves of all prints in a bucket, as they are stored. */
export function addHighs(bytes: Uint8Array, to: { add(high: number): void }): void {
  for (let at = 0; at < bytes.length; at += entryBytes) to.add(readUint32(bytes, at))
}

/** The owners of one print in a bucket, as they are stored. */
export function ownersOf(bytes: Uint8Array, { high, low }: Print): Uint8Array[] {
  let from = 0
  let to = bytes.length / entryBytes
  while (from < to) {
    const middle = (from + to) >>> 1
    const found = readPrint(bytes, middle * entryBytes)
    if (found.high < high || (found.high === high && found.low < low)) from = middle + 1
    else to = middle
  }
  const owners: Uint8Array[] = []
  for (let at = from * entryBytes; at < bytes.length; at += entryBytes) {
    const found = readPrint(bytes, at)
    if (found.high !== high || found.low !== low) break
    owners.push(bytes.slice(at + printBytes, at + entryBytes))
  }
  return owners
}

/** The entries in pieces that are small enough, each with the lower bound of its prints; the first keeps the bound that it has. */
export function divide(
  bound: number,
  entries: readonly HintEntry[],
): { bound: number; entries: readonly HintEntry[] }[] {
  if (entries.length <= entriesMax) return [{ bound, entries }]
  const middle = entries[entries.length >>> 1] as HintEntry
  // Prints that share their upper half stay together: a bound is an upper half.
  const at = entries.findIndex(({ print }) => print.high === middle.print.high)
  const next = at === 0 ? entries.findIndex(({ print }) => print.high > middle.print.high) : at
  if (next <= 0) return [{ bound, entries }]
  const from = (entries[next] as HintEntry).print.high
  return [...divide(bound, entries.slice(0, next)), ...divide(from, entries.slice(next))]
}

/** Puts an entry in its place. Returns whether it was missing. */
export function insertEntry(entries: HintEntry[], entry: HintEntry): boolean {
  const at = placeOf(entries, entry)
  const there = entries[at]
  if (there !== undefined && compareEntries(there, entry) === 0) return false
  entries.splice(at, 0, entry)
  return true
}

/** Returns whether it was there. */
export function removeEntry(entries: HintEntry[], entry: HintEntry): boolean {
  const at = placeOf(entries, entry)
  const there = entries[at]
  if (there === undefined || compareEntries(there, entry) !== 0) return false
  entries.splice(at, 1)
  return true
}

function placeOf(entries: readonly HintEntry[], entry: HintEntry): number {
  let from = 0
  let to = entries.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (compareEntries(entries[middle] as HintEntry, entry) < 0) from = middle + 1
    else to = middle
  }
  return from
}

function compareEntries(a: HintEntry, b: HintEntry): number {
  return a.print.high - b.print.high || a.print.low - b.print.low || compareBytes(a.owner, b.owner)
}

import { fsyncSync, readSync, writeSync } from "node:fs"

const databaseHeaderBytes = 100
const interiorKinds: readonly number[] = [2, 5]
const leafKinds: readonly number[] = [10, 13]
/** From page 2^25 on the first byte of a page that is no tree page can look like one's kind: such a file has 128 GiB. */
const pagesMax = 2 ** 25

/**
 * Overwrites the unallocated space of these pages with zeros and flushes. `secure_delete` misses it: when SQLite divides or joins pages of a tree, copies of
 * records stay between the pointers and the cells, where no deletion finds them. Nothing there has a meaning to SQLite, so that its cache may differ.
 */
export function eraseUnallocated(handle: number, pageBytes: number, pages: Iterable<number>): void {
  const page = Buffer.alloc(pageBytes)
  const zeros = Buffer.alloc(pageBytes)
  let changed = false
  for (const number of pages) {
    const position = (number - 1) * pageBytes
    if (number > pagesMax || readSync(handle, page, 0, pageBytes, position) !== pageBytes) continue
    const [from, to] = unallocatedPart(page, number === 1 ? databaseHeaderBytes : 0)
    if (page.subarray(from, to).equals(zeros.subarray(from, to))) continue
    writeSync(handle, zeros, from, to - from, position + from)
    changed = true
  }
  if (changed) fsyncSync(handle)
}

/** Where a page of a tree is unallocated (SQLite's file format, section 1.6); an empty part for any other page. */
function unallocatedPart(page: Buffer, headerAt: number): readonly [from: number, to: number] {
  const kind = page.readUInt8(headerAt)
  const headerBytes = interiorKinds.includes(kind) ? 12 : leafKinds.includes(kind) ? 8 : undefined
  if (headerBytes === undefined) return [0, 0]
  const from = headerAt + headerBytes + 2 * page.readUInt16BE(headerAt + 3)
  const to = page.readUInt16BE(headerAt + 5)
  return from < to && to <= page.length ? [from, to] : [0, 0]
}

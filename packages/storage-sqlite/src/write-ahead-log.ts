import { closeSync, openSync, readSync, statSync } from "node:fs"

const logHeaderBytes = 32
const frameHeaderBytes = 24

/**
 * The numbers of the pages in a write-ahead log (SQLite's file format, section 4.1), each once; none when there is no log. Frames behind the last commit
 * may be among them, and older ones are not: each generation of the log has its own salt.
 */
export function pagesInLog(log: string, pageBytes: number): ReadonlySet<number> {
  const pages = new Set<number>()
  if (logBytes(log) === 0) return pages
  const handle = openSync(log, "r")
  try {
    const header = Buffer.alloc(logHeaderBytes)
    readSync(handle, header, 0, logHeaderBytes, 0)
    const salt = header.subarray(16, 24)
    const frame = Buffer.alloc(frameHeaderBytes)
    for (let at = logHeaderBytes; readSync(handle, frame, 0, frameHeaderBytes, at) === frameHeaderBytes;) {
      if (!frame.subarray(8, 16).equals(salt)) break
      pages.add(frame.readUInt32BE())
      at += frameHeaderBytes + pageBytes
    }
  } finally {
    closeSync(handle)
  }
  return pages
}

/** How many pages the log holds, found in a few reads: the frames of its generation stand before those of older ones, which nobody cuts off. */
export function framesInLog(log: string, pageBytes: number): number {
  const bytes = logBytes(log)
  if (bytes === 0) return 0
  const handle = openSync(log, "r")
  try {
    const frameBytes = frameHeaderBytes + pageBytes
    const salt = Buffer.alloc(8)
    const found = Buffer.alloc(8)
    readSync(handle, salt, 0, 8, 16)
    let low = 0
    let high = Math.floor(Math.max(0, bytes - logHeaderBytes) / frameBytes)
    while (low < high) {
      const middle = (low + high) >>> 1
      const isRead = readSync(handle, found, 0, 8, logHeaderBytes + middle * frameBytes + 8) === 8
      if (isRead && found.equals(salt)) low = middle + 1
      else high = middle
    }
    return low
  } finally {
    closeSync(handle)
  }
}

/** 0 when there is none. */
export function logBytes(log: string): number {
  return statSync(log, { throwIfNoEntry: false })?.size ?? 0
}

/** A chunk takes no more than this, or one payload that is longer. */
const chunkBytesMax = 64 * 1024
const chunkBytesMin = 1024
const sparesMax = 4
/** Before each envelope its length, the lowest byte first. */
export const headBytes = 4

/** What came on one topic between two saves, as it is stored. */
export class Chunk {
  readonly sequence: number
  readonly atMs: number
  /** Of every payload in it, those that are gone too. */
  slots: number[] = []
  bytes: Uint8Array
  used = 0
  /** How many of them are not gone, and their bytes. */
  left = 0
  leftBytes = 0
  isStored = false

  constructor(sequence: number, atMs: number, bytes: Uint8Array) {
    this.sequence = sequence
    this.atMs = atMs
    this.bytes = bytes
  }

  /** Appends an envelope, for which there is room. Returns where it begins. */
  append(envelope: Uint8Array): number {
    const { bytes } = this
    const { length } = envelope
    const at = this.used + headBytes
    bytes[at - 4] = length
    bytes[at - 3] = length >>> 8
    bytes[at - 2] = length >>> 16
    bytes[at - 1] = length >>> 24
    bytes.set(envelope, at)
    this.used = at + length
    return at
  }
}

/** Room for chunks. A few that are free again are kept: under a flood there is always one to be had. */
export class ChunkBuffers {
  readonly #spares: Uint8Array[] = []

  /** At least as large as the last chunk: many that come at once are copied once. */
  take(bytes: number, lastBytes: number): Uint8Array {
    const needed = Math.max(chunkBytesMin, bytes, lastBytes)
    const size = needed > chunkBytesMax / 2 ? Math.max(chunkBytesMax, bytes) : needed
    return size === chunkBytesMax ? (this.#spares.pop() ?? new Uint8Array(size)) : new Uint8Array(size)
  }

  /** Whether there is room for so many bytes more, in a longer buffer where need be. */
  fit(chunk: Chunk, bytes: number): boolean {
    const needed = chunk.used + bytes
    if (needed <= chunk.bytes.length) return true
    if (needed > chunkBytesMax) return false
    const size = Math.min(chunkBytesMax, Math.max(chunk.bytes.length * 2, needed))
    const longer = this.take(size, size)
    longer.set(chunk.bytes.subarray(0, chunk.used))
    chunk.bytes = longer
    return true
  }

  /** The chunk takes no more: it keeps what it uses, where that is much less than it has. */
  trim(chunk: Chunk): void {
    const { bytes, used } = chunk
    if (used > bytes.length * 0.75) return
    chunk.bytes = bytes.slice(0, used)
    this.free(bytes)
  }

  /** Nothing reads it any more. */
  free(bytes: Uint8Array): void {
    if (bytes.length === chunkBytesMax && this.#spares.length < sparesMax) this.#spares.push(bytes)
  }
}

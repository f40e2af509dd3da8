import { concat, type Crypto, equalBytes, le64, tagBytes } from "@colloquy/core"
import { damaged, truncated } from "./backup-error.js"
import type { BackupUnlock } from "./backup-unlock.js"
import { headerBytes, openHeader, sealHeader } from "./header.js"

/** What one chunk holds, in bytes, the last one too: it is filled up with zeros, so that a file tells its size in these steps only. */
export const chunkTextBytes = 65_536
/** A chunk in the file: its flag, then the ciphertext with its tag (BK-7). */
export const chunkBytes: number = 1 + chunkTextBytes + tagBytes

const more = 0
const last = 1

/**
 * Seals texts of {@link chunkTextBytes} each as one file: the header, then a chunk for each. At least one text; the last is told apart by looking
 * one ahead. Draws the file key (32 bytes), the salt (16) and the nonce (24), in this order.
 */
export async function* sealChunks(
  texts: AsyncIterable<Uint8Array>,
  unlock: BackupUnlock,
  environment: { readonly crypto: Crypto; readonly random: (bytes: number) => Uint8Array },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { crypto } = environment
  const fileKey = environment.random(32)
  try {
    const header = sealHeader(environment, unlock, fileKey)
    yield header.slice()
    const seal = (text: Uint8Array, index: number, flag: number): Uint8Array =>
      concat(Uint8Array.of(flag), crypto.sealX(fileKey, nonceOf(index, flag), text, header))
    let index = 0
    let held: Uint8Array | undefined
    for await (const text of texts) {
      if (held !== undefined) {
        yield seal(held, index++, more)
        crypto.wipe(held)
      }
      held = text
    }
    if (held === undefined) return
    yield seal(held, index, last)
    crypto.wipe(held)
  } finally {
    crypto.wipe(fileKey)
  }
}

/**
 * The texts of a sealed file, each after it was authenticated and until the next is asked for, in chunks of whatever length it comes. What was cut off shows at the end only:
 * nothing of it may be believed before the iteration has ended without an error. Throws what {@link openHeader} throws, `BACKUP_TRUNCATED`,
 * and `BACKUP_DAMAGED` for chunks that were changed, moved, dropped, repeated, appended, or come from another file.
 */
export async function* openChunks(
  source: AsyncIterable<Uint8Array>,
  unlock: BackupUnlock,
  crypto: Crypto,
): AsyncGenerator<Uint8Array, void, undefined> {
  let header: Uint8Array | undefined
  let fileKey: Uint8Array | undefined
  let index = 0
  let ended = false
  try {
    for await (const piece of cut(source)) {
      if (header === undefined || fileKey === undefined) {
        fileKey = openHeader(crypto, unlock, piece)
        header = piece
        continue
      }
      if (ended) throw damaged("something follows its end")
      if (piece.length < chunkBytes) throw truncated()
      const flag = piece[0] as number
      if (flag > last) throw damaged("a chunk has no flag")
      const text = crypto.openX(fileKey, nonceOf(index++, flag), piece.subarray(1), header)
      if (text === undefined) throw damaged("a chunk is not as it was, or not where it was")
      ended = flag === last
      yield text
      crypto.wipe(text)
    }
    if (!ended) throw truncated()
  } finally {
    if (fileKey !== undefined) crypto.wipe(fileKey)
  }
}

/** The place of a chunk, and whether it is the last, are in its nonce: there is one file key for each file (BK-8). */
function nonceOf(index: number, flag: number): Uint8Array {
  return concat(le64(index), Uint8Array.of(flag), new Uint8Array(15))
}

/** The source cut into the header and chunks; what is left at the end is shorter. What can be told from its first bytes to be no header is told. */
async function* cut(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = new Uint8Array(headerBytes)
  let filled = 0
  for await (const part of source)
    for (let at = 0; at < part.length;) {
      const taken = Math.min(piece.length - filled, part.length - at)
      piece.set(part.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < piece.length) continue
      yield piece
      piece = new Uint8Array(chunkBytes)
      filled = 0
    }
  if (filled > 0) yield piece.subarray(0, filled)
}

/** Whether bytes are all zero. */
export function isBlank(bytes: Uint8Array): boolean {
  return equalBytes(bytes, new Uint8Array(bytes.length))
}

import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { le32, valueBytesMax } from "@colloquy/core"
import { type BackupRecord, BackupRecordSchema } from "../generated/backup_pb.js"
import { damaged } from "./backup-error.js"
import { chunkTextBytes, isBlank } from "./chunks.js"

export type RecordDraft = NonNullable<MessageInitShape<typeof BackupRecordSchema>["record"]>

/** The longest record: the longest value of a store, and what a record has around it. */
export const recordBytesMax = valueBytesMax + 65_536

/** Records one after the other, each with its length before it, as texts of whole chunks (BK-9). */
export async function* packRecords(records: AsyncIterable<RecordDraft>): AsyncGenerator<Uint8Array, void, undefined> {
  let text = new Uint8Array(chunkTextBytes)
  let filled = 0
  for await (const record of records) {
    const bytes = toBinary(BackupRecordSchema, create(BackupRecordSchema, { record }))
    for (const part of [le32(bytes.length), bytes])
      for (let at = 0; at < part.length;) {
        if (filled === text.length) {
          yield text
          text = new Uint8Array(chunkTextBytes)
          filled = 0
        }
        const taken = Math.min(text.length - filled, part.length - at)
        text.set(part.subarray(at, at + taken), filled)
        filled += taken
        at += taken
      }
    bytes.fill(0)
  }
  yield text
}

/** The records of texts, up to the one that ends them; behind it is nothing but zeros. Throws `BACKUP_DAMAGED`. */
export async function* unpackRecords(
  texts: AsyncIterable<Uint8Array>,
): AsyncGenerator<BackupRecord["record"], void, undefined> {
  const prefix = new Uint8Array(4)
  let piece = prefix
  let filled = 0
  let ended = false
  for await (const text of texts)
    for (let at = 0; at < text.length;) {
      if (ended) {
        if (!isBlank(text.subarray(at))) throw damaged("something follows its last record")
        break
      }
      const taken = Math.min(piece.length - filled, text.length - at)
      piece.set(text.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < piece.length) continue
      filled = 0
      if (piece === prefix) {
        piece = new Uint8Array(checkedLength(prefix))
        continue
      }
      const { record } = decode(piece)
      piece = prefix
      ended = record.case === "end"
      yield record
    }
  if (!ended) throw damaged("it has no last record")
}

function checkedLength(prefix: Uint8Array): number {
  const length = new DataView(prefix.buffer).getUint32(0, true)
  if (length === 0 || length > recordBytesMax) throw damaged("a record has an impossible length")
  return length
}

function decode(bytes: Uint8Array): BackupRecord {
  try {
    return fromBinary(BackupRecordSchema, bytes)
  } catch {
    throw damaged("a record does not decode")
  }
}

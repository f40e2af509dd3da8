import { create } from "@bufbuild/protobuf"
import { concat, type ConversationId, type Entry, le32, type Write } from "@colloquy/core"
import { RingRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { encodeBucket, ownerBytes } from "../hints/hint-bucket.js"
import { readPrint, readUint32 } from "../hints/print.js"
import { bucketKey, key, type Keys } from "./keys.js"
import { decodeRecord, encodeRecord, type Store } from "./store.js"

const pageMax = 48

/** Format 1 had a record for each hint, under its hash, and the payloads of the ring one by one. */
export async function* toFormat2(store: Store, keys: Keys): AsyncGenerator<readonly Write[]> {
  for (;;) {
    const rows = await store.page(key("route"), { limit: pageMax })
    const [first] = rows
    if (first === undefined) break
    const bucket = ofOneBucket(rows)
    const entries = bucket.map((row) => {
      const conversation = decodeRecord(TextRecordSchema, row.value).text as ConversationId
      return { print: readPrint(row.key, 1), owner: keys.conversation(conversation).subarray(0, ownerBytes) }
    })
    yield [
      { key: bucketKey(readUint32(first.key, 1)), value: encodeBucket(entries) },
      ...bucket.map((row) => ({ key: row.key, value: undefined })),
    ]
  }
  for await (const chunk of store.all(key("ring"))) {
    const record = decodeRecord(RingRecordSchema, chunk.value)
    const [one] = record.payloads
    if (one === undefined) continue
    const packed = concat(...record.payloads.flatMap(({ hint, payload }) => [hint, le32(payload.length), payload]))
    const next = create(RingRecordSchema, { atMs: record.atMs, topic: one.topic, packed })
    yield [{ key: chunk.key, value: encodeRecord(RingRecordSchema, next) }]
  }
}

/** As many of a page as the next one continues: a bucket's bound is the upper half of a print, and both sides of it must differ in it. */
function ofOneBucket(rows: readonly Entry[]): readonly Entry[] {
  const last = rows.at(-1)
  if (rows.length < pageMax || last === undefined) return rows
  const whole = rows.filter((row) => readUint32(row.key, 1) !== readUint32(last.key, 1))
  return whole.length === 0 ? rows : whole
}

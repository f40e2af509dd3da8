import { create } from "@bufbuild/protobuf"
import { be64, codeOf, concat, type Hint, le32, memoryStorage, type Storage, type Topic } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { expect, test } from "vitest"
import { RingRecordSchema } from "../generated/store_pb.js"
import { Ring } from "../runtime/ring.js"
import { Sequence } from "../runtime/sequence.js"
import { key, Keys } from "./keys.js"
import { encodeRecord, Store } from "./store.js"
import { toFormat3 } from "./to-format-3.js"

const crypto = await loadCrypto()
const keys = new Keys(crypto, new Uint8Array(32).fill(9))
const topic = "/test/1/ring/raw" as Topic
const clock = { nowMs: () => 1_800_000_000_000, after: () => () => undefined }
const hintOf = (number: number): Hint => crypto.hash(le32(number), 16) as Hint

/** As format 2 packed it. */
function packed(number: number, payload: readonly number[]): Uint8Array {
  return concat(hintOf(number), le32(payload.length), Uint8Array.from(payload))
}

async function write(storage: Storage, sequence: number, bytes: Uint8Array): Promise<void> {
  const record = create(RingRecordSchema, { atMs: clock.nowMs(), topic, packed: bytes })
  await storage.commit([{ key: key("ring", be64(sequence)), value: encodeRecord(RingRecordSchema, record) }])
}

async function migrate(storage: Storage): Promise<number> {
  let batches = 0
  for await (const batch of toFormat3(new Store(storage))) {
    batches++
    await storage.commit(batch)
  }
  return batches
}

test("what waits in a store of format 2 waits on, and is rewritten once", async () => {
  const storage = await memoryStorage()()
  await write(storage, 1, concat(packed(1, [1]), packed(2, []), packed(3, [3, 3, 3])))
  await write(storage, 2, packed(4, [4]))
  expect(await migrate(storage)).toBe(2)
  expect(await migrate(storage)).toBe(0)
  const store = new Store(storage)
  const ring = new Ring(clock, await Sequence.open(store, clock))
  const print = (hint: Hint) => keys.print(topic, hint)
  await ring.open(store, (_, hint) => print(hint))
  const read = (number: number): number[][] =>
    ring.take(topic, print(hintOf(number))).map((item) => [...ring.read(item).payload])
  // A payload without bytes is in no envelope.
  expect([1, 2, 3, 4].map(read)).toEqual([[[1]], [], [[3, 3, 3]], [[4]]])
})

test("a chunk that does not decode is damage", async () => {
  for (const bytes of [packed(1, [1]).subarray(0, 20), packed(1, [1, 2]).subarray(0, 21), Uint8Array.of(1)]) {
    const storage = await memoryStorage()()
    await write(storage, 1, bytes)
    expect(await migrate(storage).then(() => "migrated", codeOf)).toBe("STORE_DAMAGED")
  }
})

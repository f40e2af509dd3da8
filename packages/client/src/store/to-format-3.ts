import { create } from "@bufbuild/protobuf"
import { ColloquyError, concat, encodeEnvelope, hintBytes, le32, type Write } from "@colloquy/core"
import { RingRecordSchema } from "../generated/store_pb.js"
import { key } from "./keys.js"
import { decodeRecord, encodeRecord, type Store } from "./store.js"

const headBytes = hintBytes + 4

/** Format 2 had what waits in the ring taken out of its envelopes. How it made prints stays as it was: hints can't be told from them. */
export async function* toFormat3(store: Store): AsyncGenerator<readonly Write[]> {
  for await (const { key: ringKey, value } of store.all(key("ring"))) {
    const { atMs, topic, packed } = decodeRecord(RingRecordSchema, value)
    if (packed.length === 0) continue
    const record = create(RingRecordSchema, { atMs, topic, envelopes: concat(...envelopesOf(packed)) })
    yield [{ key: ringKey, value: encodeRecord(RingRecordSchema, record) }]
  }
}

function* envelopesOf(packed: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  for (let at = 0; at < packed.length;) {
    const end = at + headBytes <= packed.length ? at + headBytes + view.getUint32(at + hintBytes, true) : Infinity
    if (end > packed.length) throw new ColloquyError("STORE_DAMAGED", "a stored part of the ring does not decode")
    const hint = packed.subarray(at, at + hintBytes)
    const payload = packed.subarray(at + headBytes, end)
    at = end
    // No envelope is without a payload.
    if (payload.length === 0) continue
    const envelope = encodeEnvelope({ hint, payload })
    yield le32(envelope.length)
    yield envelope
  }
}

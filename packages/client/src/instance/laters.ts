import { be64, type ConversationId, type Write } from "@colloquy/core"
import { InputRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { type Blinded, key } from "../store/keys.js"
import { encodeInput, inputFromRecord, type Origin, type StoredInput } from "../store/inputs.js"
import { decodeRecord, type Store } from "../store/store.js"

/** What waits to be judged, at most: so many inputs, so many bytes, for so long, by instance. */
const laterCountMax = 64
const laterBytesMax = 1024 * 1024
const laterAgeMaxMs = 7 * 24 * 60 * 60 * 1000

interface LaterInput {
  readonly key: Uint8Array
  readonly input: StoredInput
  readonly origin?: Origin
  readonly atMs: number
  readonly bytes: number
  offered: boolean
}

/** The inputs of one instance that came too early. The oldest make room for new ones. */
export class Laters {
  readonly #blinded: Blinded
  #inputs: LaterInput[]

  private constructor(blinded: Blinded, inputs: LaterInput[]) {
    this.#blinded = blinded
    this.#inputs = inputs
  }

  static async load(store: Store, blinded: Blinded): Promise<Laters> {
    const inputs: LaterInput[] = []
    for await (const entry of store.all(key("later", blinded))) {
      const record = decodeRecord(InputRecordSchema, entry.value)
      const read = inputFromRecord(record)
      if (read !== undefined)
        inputs.push({ ...read, key: entry.key, atMs: record.atMs, bytes: entry.value.length, offered: false })
    }
    return new Laters(blinded, inputs)
  }

  keep(runtime: Runtime, input: StoredInput, origin: Origin | undefined, nowMs: number): Write[] {
    const laterKey = key("later", this.#blinded, be64(runtime.sequence.next()))
    const value = encodeInput("" as ConversationId, input, nowMs, origin)
    const writes: Write[] = [{ key: laterKey, value }]
    const kept = { key: laterKey, input, atMs: nowMs, bytes: value.length, offered: false }
    this.#inputs.push(origin === undefined ? kept : { ...kept, origin })
    let bytes = this.#inputs.reduce((sum, later) => sum + later.bytes, 0)
    while (this.#inputs.length > laterCountMax || bytes > laterBytesMax) {
      const oldest = this.#inputs.shift()
      if (oldest === undefined) break
      bytes -= oldest.bytes
      runtime.counters.add("LATER_DROPPED")
      writes.push({ key: oldest.key, value: undefined })
    }
    return writes
  }

  /** What is to be offered again; each is handed out once until it is judged. */
  due(): readonly LaterInput[] {
    const due = this.#inputs.filter(({ offered }) => !offered)
    for (const later of due) later.offered = true
    return due
  }

  /** The input was judged for good, or is too old. */
  settle(laterKey: Uint8Array): Write[] {
    this.#inputs = this.#inputs.filter((later) => later.key !== laterKey)
    return [{ key: laterKey, value: undefined }]
  }

  /** The input still can't be judged: it goes on waiting, unless it is too old. */
  again(laterKey: Uint8Array, nowMs: number): Write[] {
    const later = this.#inputs.find((other) => other.key === laterKey)
    if (later === undefined) return []
    if (nowMs - later.atMs > laterAgeMaxMs) return this.settle(laterKey)
    later.offered = false
    return []
  }
}

import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf"
import { ColloquyError, type Entry, protobufFrames, type Storage, valueBytesMax, type Write } from "@colloquy/core"
import { successor, under } from "./keys.js"

/** The storage with records in it, and the one place that turns records to bytes and back. */
export class Store {
  readonly storage: Storage

  constructor(storage: Storage) {
    this.storage = storage
  }

  async get<D extends DescMessage>(schema: D, key: Uint8Array): Promise<MessageShape<D> | undefined> {
    const found = this.storage.get([key])
    const [value] = found instanceof Promise ? await found : found
    return value === undefined ? undefined : decodeRecord(schema, value)
  }

  async has(key: Uint8Array): Promise<boolean> {
    const found = this.storage.get([key])
    return (found instanceof Promise ? await found : found)[0] !== undefined
  }

  async getAll<D extends DescMessage>(
    schema: D,
    keys: readonly Uint8Array[],
  ): Promise<readonly (MessageShape<D> | undefined)[]> {
    if (keys.length === 0) return []
    const found = this.storage.get(keys)
    return (found instanceof Promise ? await found : found).map((value) =>
      value === undefined ? undefined : decodeRecord(schema, value),
    )
  }

  /** A page under a prefix, after a key where one is given. */
  async page(
    prefix: Uint8Array,
    options: { readonly limit: number; readonly after?: Uint8Array; readonly reverse?: boolean },
  ): Promise<readonly Entry[]> {
    const { from, to } = under(prefix)
    const { limit, after, reverse = false } = options
    if (after === undefined) return this.storage.scan({ from, to, limit, reverse })
    return reverse
      ? this.storage.scan({ from, to: after, limit, reverse })
      : this.storage.scan({ from: successor(after), to, limit })
  }

  /** Everything under a prefix, page by page. */
  async *all(prefix: Uint8Array): AsyncGenerator<Entry> {
    let after: Uint8Array | undefined
    for (;;) {
      const page = await this.page(prefix, after === undefined ? { limit: 256 } : { limit: 256, after })
      yield* page
      if (page.length < 256) return
      after = page.at(-1)?.key
    }
  }

  commit(writes: readonly Write[]): Promise<void> {
    return this.storage.commit(writes)
  }
}

/** How records are written in one pass; they are the same bytes that `toBinary` makes. */
const writers = new WeakMap<DescMessage, (record: never) => Uint8Array>()

export function encodeRecord<D extends DescMessage>(schema: D, record: MessageShape<D>): Uint8Array {
  let write = writers.get(schema)
  if (write === undefined) {
    write = protobufFrames({ schema, bytesMax: valueBytesMax }).encode as (record: never) => Uint8Array
    writers.set(schema, write)
  }
  try {
    return write(record as never)
  } catch {
    // A frame would be refused for it, a record is not: text that is no Unicode, or an input of a kind that is not known here.
    return toBinary(schema, record)
  }
}

/** Throws `STORE_DAMAGED`: records are sealed, so bytes that don't decode were not written by this client. */
export function decodeRecord<D extends DescMessage>(schema: D, bytes: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(schema, bytes)
  } catch (cause) {
    throw new ColloquyError("STORE_DAMAGED", `a stored ${schema.name} does not decode`, { cause })
  }
}

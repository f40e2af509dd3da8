import { create } from "@bufbuild/protobuf"
import { TextRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"

/**
 * How far a named reader has come. Moving on does not wait for the store: one commit is under way at a time, and takes the newest position
 * along. After a crash the events since then come again.
 */
export class Position {
  readonly #runtime: Runtime
  readonly #key: Uint8Array
  #wanted: number
  #saved: number
  #saving: Promise<void> | undefined

  private constructor(runtime: Runtime, consumerKey: Uint8Array, position: number) {
    this.#runtime = runtime
    this.#key = consumerKey
    this.#wanted = position
    this.#saved = position
  }

  static async load(runtime: Runtime, consumer: string): Promise<Position> {
    const consumerKey = key("consumer", runtime.account.keys.blind(consumer))
    const record = await runtime.store.get(TextRecordSchema, consumerKey)
    return new Position(runtime, consumerKey, record?.number ?? 0)
  }

  get sequence(): number {
    return this.#wanted
  }

  move(sequence: number): void {
    this.#wanted = sequence
    if (this.#saving === undefined) {
      this.#saving = this.#save()
      // Whoever waits in `saved` hears of a failure.
      this.#saving.catch(() => undefined)
    }
  }

  /** Resolves when the position is durable. */
  async saved(): Promise<void> {
    while (this.#saved !== this.#wanted) await (this.#saving ??= this.#save())
  }

  async #save(): Promise<void> {
    try {
      while (this.#saved !== this.#wanted) {
        const sequence = this.#wanted
        const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { number: sequence }))
        await this.#runtime.commit([{ key: this.#key, value }])
        this.#saved = sequence
      }
    } finally {
      this.#saving = undefined
    }
  }
}

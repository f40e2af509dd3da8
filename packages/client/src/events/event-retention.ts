import { create } from "@bufbuild/protobuf"
import { be64 } from "@colloquy/core"
import { TextRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { key, sequenceOf } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"

/** How long events are kept unless the client is told otherwise. */
export const eventRetentionMs = 30 * 24 * 60 * 60 * 1000
const intervalMs = 60 * 60 * 1000
const pageMax = 256

/** Forgets old events, hour by hour. A reader who was away for longer is told so. */
export class EventRetention {
  readonly #runtime: Runtime
  readonly #keptMs: number
  #cancel: (() => void) | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(runtime: Runtime, keptMs: number) {
    this.#runtime = runtime
    this.#keptMs = keptMs
  }

  async open(): Promise<void> {
    const { store, events } = this.#runtime
    events.forgotten = (await store.get(TextRecordSchema, key("forgotten")))?.number ?? 0
    this.#tick()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    await this.#running
  }

  #tick(): void {
    this.#running = this.#forget().catch(() => undefined)
    this.#cancel = this.#runtime.environment.clock.after(intervalMs, () => this.#tick())
  }

  /** Sequence numbers begin at the time and never run behind it, so that an old one belongs to an old event. */
  async #forget(): Promise<void> {
    const { store, events, environment } = this.#runtime
    const oldest = (environment.clock.nowMs() - this.#keptMs) * 1000
    if (oldest <= 0) return
    for (;;) {
      const range = { from: key("event"), to: key("event", be64(oldest)), limit: pageMax }
      const entries = await store.storage.scan(range)
      const last = entries.at(-1)
      if (last === undefined || this.#closed) return
      const forgotten = sequenceOf(last.key)
      const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { number: forgotten }))
      // In memory first: a reader must not pass over what is about to go.
      events.forgotten = forgotten
      await this.#runtime.commit([
        ...entries.map((entry) => ({ key: entry.key, value: undefined })),
        { key: key("forgotten"), value },
      ])
    }
  }
}

import { be64, type ConversationId, fromBe64 } from "@colloquy/core"
import { TextRecordSchema } from "../generated/store_pb.js"
import { key, successor, under } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import type { Runtime } from "./runtime.js"

const pageMax = 256
const timerMaxMs = 24 * 60 * 60 * 1000
const retryMs = 1000

/** Wakes instances at their deadlines, by one timer for the earliest of them. */
export class Scheduler {
  readonly #runtime: Runtime
  #cancel: (() => void) | undefined
  #dueAtMs = Number.POSITIVE_INFINITY
  #closed = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** What fell due while the client was closed is due now. */
  open(): void {
    this.#set(this.#runtime.environment.clock.nowMs())
  }

  /** An instance has this deadline now. */
  note(wakeAtMs: number | undefined): void {
    if (wakeAtMs !== undefined && wakeAtMs < this.#dueAtMs) this.#set(wakeAtMs)
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #set(dueAtMs: number): void {
    this.#cancel?.()
    if (this.#closed) return
    this.#dueAtMs = dueAtMs
    const { clock } = this.#runtime.environment
    const delayMs = Math.min(Math.max(0, dueAtMs - clock.nowMs()), timerMaxMs)
    this.#cancel = clock.after(delayMs, () => void this.#fire())
  }

  async #fire(): Promise<void> {
    this.#dueAtMs = Number.POSITIVE_INFINITY
    try {
      await this.#wakeDue()
      await this.#arm()
    } catch {
      if (!this.#closed) this.#set(this.#runtime.environment.clock.nowMs() + retryMs)
    }
  }

  /** Wakes everything that is due, once. */
  async #wakeDue(): Promise<void> {
    const { store, environment, instances } = this.#runtime
    const to = key("wake", be64(environment.clock.nowMs() + 1))
    let from = key("wake")
    for (;;) {
      const entries = await store.storage.scan({ from, to, limit: pageMax })
      const woken = entries.map(async ({ value }) => {
        const instance = await instances.get(decodeRecord(TextRecordSchema, value).text as ConversationId)
        await instance?.enqueue({ kind: "wake" })
        const again = instance?.header().wakeAtMs
        if (again !== undefined && again <= environment.clock.nowMs()) this.note(environment.clock.nowMs() + retryMs)
      })
      await Promise.all(woken)
      const last = entries.at(-1)
      if (entries.length < pageMax || last === undefined) return
      from = successor(last.key)
    }
  }

  /** Sets the timer for the earliest deadline that is still to come. */
  async #arm(): Promise<void> {
    const { store, environment } = this.#runtime
    const nowMs = environment.clock.nowMs()
    const { to } = under(key("wake"))
    const [first] = await store.storage.scan({ from: key("wake", be64(nowMs + 1)), to, limit: 1 })
    if (first !== undefined) this.note(fromBe64(first.key, 1))
  }
}

import { be64, type ConversationId, fromBe64 } from "@colloquy/core"
import { TextRecordSchema } from "../generated/store_pb.js"
import { key, successor, under } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import { Deadlines } from "./deadlines.js"
import type { Runtime } from "./runtime.js"

const pageMax = 256
const retryMs = 1000
/** How long one wake may keep the others waiting. */
const patienceMs = 5000

/** Wakes instances at their deadlines. */
export class Scheduler {
  readonly #runtime: Runtime
  readonly #deadlines: Deadlines
  readonly #waking = new Set<ConversationId>()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#deadlines = new Deadlines(runtime.environment.clock, async () => {
      // One moment for both: a deadline that passes in between is still to come for the second.
      const nowMs = runtime.environment.clock.nowMs()
      await this.#wakeDue(nowMs)
      await this.#arm(nowMs)
    })
  }

  /** What fell due while the client was closed is due now. */
  open(): void {
    this.note(this.#runtime.environment.clock.nowMs())
  }

  /** An instance has this deadline now. */
  note(wakeAtMs: number | undefined): void {
    if (wakeAtMs !== undefined) this.#deadlines.note(wakeAtMs)
  }

  /** A wake under way may wait for a step that never ends: closing does not wait for it. */
  close(): void {
    void this.#deadlines.close()
  }

  /** Wakes everything that is due at this moment, once. */
  async #wakeDue(nowMs: number): Promise<void> {
    const { store, environment } = this.#runtime
    const to = key("wake", be64(nowMs + 1))
    let from = key("wake")
    for (;;) {
      const entries = await store.storage.scan({ from, to, limit: pageMax })
      const woken = entries.map(({ value }) => this.#wake(decodeRecord(TextRecordSchema, value).text as ConversationId))
      let cancel = (): void => undefined
      const patience = new Promise<void>((resolve) => {
        cancel = environment.clock.after(patienceMs, resolve)
      })
      await Promise.race([Promise.all(woken), patience])
      cancel()
      const last = entries.at(-1)
      if (entries.length < pageMax || last === undefined) return
      from = successor(last.key)
    }
  }

  /** Wakes one that is not being woken already. What is still due behind it, or fails, is due again a little later. */
  async #wake(id: ConversationId): Promise<void> {
    if (this.#waking.has(id)) return
    const { environment, instances } = this.#runtime
    this.#waking.add(id)
    let again: number | undefined = 0
    try {
      const instance = await instances.get(id)
      await instance?.enqueue({ kind: "wake" })
      again = instance?.header().wakeAtMs
    } catch {
      // The store, or the client, is about to go: nothing else rejects.
    } finally {
      this.#waking.delete(id)
    }
    if (again !== undefined && again <= environment.clock.nowMs()) this.note(environment.clock.nowMs() + retryMs)
  }

  /** Sets the timer for the earliest deadline after this moment. */
  async #arm(nowMs: number): Promise<void> {
    const { store } = this.#runtime
    const { to } = under(key("wake"))
    const [first] = await store.storage.scan({ from: key("wake", be64(nowMs + 1)), to, limit: 1 })
    if (first !== undefined) this.note(fromBe64(first.key, 1))
  }
}

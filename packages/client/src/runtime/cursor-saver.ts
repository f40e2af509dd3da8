import { create } from "@bufbuild/protobuf"
import { type Batch, be64, type Write } from "@colloquy/core"
import { encodeEvent } from "../events/event-log.js"
import { CursorRecordSchema } from "../generated/store_pb.js"
import { cursorKey, key } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"
import type { Errand, Errands } from "./errands.js"
import type { Runtime } from "./runtime.js"

/** How far the stored cursor lags behind at most: where the feed is up to date, and while there is more. */
const liveMs = 250
const backlogMs = 1000

/** How far the feed has been read, all before it being dealt with. */
export interface FeedPosition {
  readonly scope: string
  readonly cursor: Uint8Array
  /** When its batch was asked for. */
  readonly atMs: number
}

/**
 * Saves how far the feed was read, a few times a second, and in the same commit what waits in the ring: what comes in between and leads nowhere costs
 * no write at all. After a crash the payloads since the last save come again, which changes nothing.
 */
export class CursorSaver {
  readonly #runtime: Runtime
  readonly #errands: Errands
  readonly #persistently: (action: () => Promise<void>) => Promise<void>
  #position: FeedPosition | undefined
  #savedAtMs = Number.NEGATIVE_INFINITY
  #saving: Promise<void> = Promise.resolve()
  #cancel: (() => void) | undefined

  /** `persistently` tries until it works, or the client closes. */
  constructor(runtime: Runtime, errands: Errands, persistently: (action: () => Promise<void>) => Promise<void>) {
    this.#runtime = runtime
    this.#errands = errands
    this.#persistently = persistently
  }

  /** A batch was dealt with, but for what is late: that is kept in the store with the position, at once. */
  async moved(position: FeedPosition, late: readonly Errand[], { gap, live }: Batch): Promise<void> {
    const { clock } = this.#runtime.environment
    this.#position = position
    const everyMs = live ? liveMs : backlogMs
    const sinceMs = clock.nowMs() - this.#savedAtMs
    if (late.length > 0 || gap !== undefined || sinceMs >= everyMs || sinceMs < 0) return this.#save(late, gap)
    this.#cancel ??= clock.after(everyMs - sinceMs, () => {
      this.#cancel = undefined
      // What fails is tried again, and only closing ends that.
      this.flush().catch(() => undefined)
    })
  }

  /** Saves what is not saved. */
  async flush(): Promise<void> {
    if (this.#position !== undefined) await this.#save([], undefined)
    await this.#saving
  }

  /** The position is void. */
  forget(): void {
    this.#stop()
    this.#position = undefined
  }

  #save(late: readonly Errand[], gap: Batch["gap"]): Promise<void> {
    const saving = this.#saving.then(() => this.#write(late, gap))
    this.#saving = saving.catch(() => undefined)
    return saving
  }

  async #write(late: readonly Errand[], gap: Batch["gap"]): Promise<void> {
    const { ring, commit, sequence, events, environment } = this.#runtime
    const position = this.#position
    if (position === undefined) return
    this.#stop()
    this.#position = undefined
    this.#savedAtMs = environment.clock.nowMs()
    const kept = this.#errands.keep(late)
    const cursor = encodeRecord(CursorRecordSchema, create(CursorRecordSchema, { ...position }))
    const writes: Write[] = [...ring.writes(), { key: cursorKey, value: cursor }, ...kept.writes]
    const atMs = this.#savedAtMs
    await this.#persistently(() => {
      if (gap === undefined) return commit(writes)
      const event = encodeEvent({ kind: "gap", detail: gap.topics === "all" ? "all" : "topics" }, atMs)
      // A number given earlier could come behind events that were read meanwhile.
      return commit([...writes, { key: key("event", be64(sequence.next())), value: event }])
    })
    kept.committed()
    if (gap !== undefined) events.notify()
  }

  #stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}

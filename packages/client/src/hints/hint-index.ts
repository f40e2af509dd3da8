import {
  codeOf,
  type ConversationId,
  type Hint,
  be64,
  type MaybePromise,
  toHex,
  type Topic,
  type Write,
} from "@colloquy/core"
import type { Environment } from "../environment.js"
import { InstanceRecordSchema } from "../generated/store_pb.js"
import type { Sequence } from "../runtime/sequence.js"
import { key, type Keys } from "../store/keys.js"
import { decodeRecord, type Store } from "../store/store.js"
import { HintBase, type HintMerge } from "./hint-base.js"
import { ownerBytes } from "./hint-bucket.js"
import { HintFilter } from "./hint-filter.js"
import { decodeJournal, encodeJournal, type HintChange } from "./hint-journal.js"
import { HintOverlay, type Pending } from "./hint-overlay.js"
import type { Print } from "./print.js"

/**
 * When the changes since the last merge are merged: by the journal's records and bytes, and by how many there are. With `changesMax`, some 10 MiB of
 * memory, further ones wait for the merge.
 */
const limits = { journalCount: 256, journalBytes: 256 * 1024, changes: 8192, changesMax: 32_768 }
const ownersMax = 4096
const retryMs = 1000

/** A change of where payloads are expected, as an effect says it. */
export interface HintDraft {
  readonly topic: Topic
  readonly print: Print
  readonly conversation: ConversationId
  readonly add: boolean
}

/** What a transaction changes, to be written with it. */
export interface HintPlan {
  readonly writes: readonly Write[]
  /** The drafts that add what is expected when the transaction is over. */
  readonly added: readonly HintDraft[]
  /** The writes are durable. Call it in the turn in which that is known. */
  committed(): void
}

const nothing: HintPlan = { writes: [], added: [], committed: () => undefined }
const nobody: readonly ConversationId[] = []

/**
 * Leads hints to the conversations that expect them. In memory is a filter over all of them, so that what nobody expects costs no look at the store,
 * and what changed since the last merge, which is durable in a journal; the rest is in buckets in the store. Nothing that is expected is ever missed.
 */
export class HintIndex {
  readonly #store: Store
  readonly #keys: Keys
  readonly #environment: Environment
  readonly #sequence: Sequence
  readonly #commit: (writes: readonly Write[]) => Promise<void>
  readonly #limits: typeof limits
  readonly #filter = new HintFilter()
  readonly #overlay = new HintOverlay(this.#filter)
  readonly #base: HintBase
  readonly #owners = new Map<string, readonly ConversationId[]>()
  /** The journal's records that the overlay has. */
  #journal: { readonly key: Uint8Array; readonly bytes: number }[] = []
  #journalBytes = 0
  #working: Promise<void> | undefined
  #cancel: (() => void) | undefined
  #closed = false
  #setLoaded: () => void = () => undefined
  readonly #whenLoaded = new Promise<void>((resolve) => (this.#setLoaded = resolve))

  constructor(parts: {
    readonly store: Store
    readonly keys: Keys
    readonly environment: Environment
    readonly sequence: Sequence
    readonly commit: (writes: readonly Write[]) => Promise<void>
    readonly limits?: typeof limits
  }) {
    this.#store = parts.store
    this.#keys = parts.keys
    this.#environment = parts.environment
    this.#sequence = parts.sequence
    this.#commit = parts.commit
    this.#limits = parts.limits ?? limits
    this.#base = new HintBase(parts.store, this.#filter)
  }

  /** Reads the journal and the first buckets. The filter is filled afterwards, page by page; until then the buckets answer. */
  async open(): Promise<void> {
    for await (const { key: journalKey, value } of this.#store.all(key("journal"))) {
      this.#note(journalKey, value.length)
      for (const change of decodeJournal(value)) this.#overlay.apply(change, false)
    }
    await this.#work(() => this.#load())
  }

  /** Resolves when the work under way has ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancel?.()
    this.#setLoaded()
    await this.#working
  }

  /** Whether the filter is full. */
  get isLoaded(): boolean {
    return this.#base.loaded
  }

  /** Resolves when the filter is full, or the client closes. */
  loaded(): Promise<void> {
    return this.#whenLoaded
  }

  /** Brings everything into the buckets: a journal tells more about the past than they do. */
  async settle(): Promise<void> {
    await this.#whenLoaded
    while (this.#working !== undefined) await this.#working
    if (!this.#closed && this.#journal.length > 0) await this.#work(() => this.#merge())
  }

  print(topic: Topic, hint: Hint): Print {
    return this.#keys.print(topic, hint)
  }

  /** The print of a hint that begins at `at`: its upper half goes to `into[to]`, its lower half behind it. */
  writePrint(topic: Topic, bytes: Uint8Array, at: number, into: Uint32Array, to: number): void {
    this.#keys.printer.write(topic, bytes, at, into, to)
  }

  /** So many prints, each as {@link writePrint} wrote it, will be asked for with {@link isForeign}. */
  expect(prints: Uint32Array, count: number): void {
    this.#filter.warm(prints, count)
  }

  /** Whether it is certain, without a look at the store, that nobody expects a print with this upper half. */
  isForeign(high: number): boolean {
    return this.#base.loaded && !this.#filter.has(high)
  }

  /** The conversations that expect this: one, or none, and more only where two chose the same hint. */
  find(print: Print): MaybePromise<readonly ConversationId[]> {
    if (this.isForeign(print.high)) return nobody
    const pending = this.#overlay.of(print)
    if (pending.some(({ isNew }) => isNew)) return added(pending)
    const owners = this.#base.owners(print)
    if (!(owners instanceof Promise) && owners.length === 0) return added(pending)
    return this.#resolve(print, owners, added(pending))
  }

  /**
   * Wait for this before a transaction: a merge may be slower than those who change hints. `undefined` where there is room. Where merging fails
   * nobody waits: it is tried again, and the transactions will fail as well.
   */
  room(): Promise<void> | undefined {
    return this.#overlay.size < this.#limits.changesMax || this.#working === undefined ? undefined : this.#untilRoom()
  }

  async #untilRoom(): Promise<void> {
    while (this.#overlay.size >= this.#limits.changesMax && this.#working !== undefined) await this.#working
  }

  /** The writes of a transaction: the last change of each hint counts. Call it in the same turn as the commit. */
  plan(drafts: readonly HintDraft[]): HintPlan {
    if (drafts.length === 0) return nothing
    const last = new Map<string, HintDraft>()
    for (const draft of drafts) last.set(`${draft.print.high} ${draft.print.low} ${draft.conversation}`, draft)
    const changes = [...last.values()].filter((change) => change.add || this.#mayHave(change))
    if (changes.length === 0) return nothing
    const journalKey = key("journal", be64(this.#sequence.next()))
    const value = encodeJournal(changes)
    return {
      writes: [{ key: journalKey, value }],
      added: changes.filter(({ add }) => add),
      committed: () => {
        this.#note(journalKey, value.length)
        for (const change of changes) this.#overlay.apply(change, this.#base.loaded)
        this.#mergeWhenDue()
      },
    }
  }

  /** What came and went within one transaction leaves nothing, where it is certain that it was not there before. */
  #mayHave({ print }: HintChange): boolean {
    return !this.isForeign(print.high)
  }

  /** `before`: who was to be added when the buckets were asked. Their answer may be older than the merge that has done so since. */
  async #resolve(
    print: Print,
    found: MaybePromise<readonly Uint8Array[]>,
    before: readonly ConversationId[],
  ): Promise<readonly ConversationId[]> {
    const owners = await found
    const stored: ConversationId[] = [...before]
    for (const owner of owners) stored.push(...(await this.#conversationsOf(owner)))
    // What changed meanwhile counts, and more than the buckets.
    const pending = this.#overlay.of(print)
    const rest = stored.filter((id) => !pending.some(({ conversation }) => conversation === id))
    return [...new Set([...added(pending), ...rest])]
  }

  async #conversationsOf(owner: Uint8Array): Promise<readonly ConversationId[]> {
    const name = toHex(owner)
    const known = this.#owners.get(name)
    if (known !== undefined) return known
    const entries = await this.#store.page(key("instance", owner), { limit: 2 })
    const found = entries.map(({ value }) => decodeRecord(InstanceRecordSchema, value).conversation as ConversationId)
    if (this.#owners.size >= ownersMax) this.#owners.clear()
    if (found.length > 0) this.#owners.set(name, found)
    return found
  }

  #note(journalKey: Uint8Array, bytes: number): void {
    this.#journal.push({ key: journalKey, bytes })
    this.#journalBytes += bytes
  }

  /** Reads a part of the buckets. Returns whether it was the last. */
  async #load(): Promise<boolean> {
    const isLast = await this.#base.load()
    if (!isLast) return false
    this.#overlay.complete()
    this.#setLoaded()
    return true
  }

  /**
   * Brings what changed into the buckets, and then deletes the journal's records that said so. After an interruption those records are read again:
   * what they add or drop a second time changes nothing.
   */
  async #merge(): Promise<boolean> {
    const journal = this.#journal.slice()
    const pending = this.#overlay.sorted()
    const versions = new Map<HintMerge, { readonly pending: Pending; readonly version: number }>()
    for (const one of pending) {
      one.isNew = false
      const owner = this.#keys.conversation(one.conversation).subarray(0, ownerBytes)
      versions.set({ print: one.print, owner, add: one.add }, { pending: one, version: one.version })
    }
    await this.#base.merge([...versions.keys()], this.#commit, (change, hasChanged) => {
      const merged = versions.get(change)
      if (merged === undefined) return
      const { high } = change.print
      if (hasChanged && change.add) this.#filter.add(high)
      if (hasChanged && !change.add) this.#filter.remove(high)
      if (merged.pending.version !== merged.version) return
      if (change.add) this.#filter.remove(high)
      this.#overlay.forget(merged.pending)
    })
    await this.#commit(journal.map((record) => ({ key: record.key, value: undefined })))
    this.#journal = this.#journal.slice(journal.length)
    for (const { bytes } of journal) this.#journalBytes -= bytes
    return true
  }

  #soon(delayMs: number, action: () => Promise<boolean>): void {
    this.#cancel = this.#environment.clock.after(delayMs, () => void this.#work(action))
  }

  #mergeWhenDue(): void {
    const { journalCount, journalBytes, changes } = this.#limits
    const isDue =
      this.#journal.length > journalCount || this.#journalBytes > journalBytes || this.#overlay.size > changes
    if (isDue && this.#base.loaded && this.#working === undefined) void this.#work(() => this.#merge())
  }

  /** One thing at a time. What fails is tried again a little later. */
  async #work(action: () => Promise<boolean>): Promise<void> {
    if (this.#closed) return
    const working = (async () => {
      try {
        const isDone = await action()
        this.#working = undefined
        if (this.#closed) return
        if (!isDone) this.#soon(0, action)
        else this.#mergeWhenDue()
      } catch (error) {
        this.#working = undefined
        if (this.#closed) return
        this.#environment.logger.log("warn", "hints-retried", { code: codeOf(error) ?? "UNKNOWN" })
        this.#soon(retryMs, action)
      }
    })()
    this.#working = working
    await working
  }
}

function added(pending: readonly Pending[]): readonly ConversationId[] {
  return pending.filter(({ add }) => add).map(({ conversation }) => conversation)
}

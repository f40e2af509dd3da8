import { ColloquyError, type DeliveryErrorCode, type Publication, type Receipt, toHex } from "@colloquy/core"
import type { HubRefusal, HubWelcome, ToHubInit } from "./protocol/index.js"

/** Publications go out together in messages of about this size. */
const messageBytes = 256 * 1024

interface Waiter {
  resolve(receipt: Receipt): void
  reject(error: unknown): void
}

interface Entry {
  readonly publication: Publication
  readonly waiters: Set<Waiter>
  isSent: boolean
}

/**
 * Publications under way, in the order of the calls. They are sent as the hub's window allows, and again in the same order, with the same ids,
 * after a lost connection. Payloads are not copied: they belong to the caller, who leaves them alone until the promise settles.
 */
export class Publications {
  readonly #send: (message: ToHubInit) => void
  readonly #countMax: number
  readonly #bytesMax: number
  readonly #entries = new Map<string, Entry>()
  #unsent = new Set<string>()
  #bytes = 0
  #window: { readonly count: number; readonly bytes: number } | undefined
  #sentCount = 0
  #sentBytes = 0
  #isFlushing = false

  constructor(
    limits: { readonly pendingMax: number; readonly pendingBytesMax: number },
    send: (message: ToHubInit) => void,
  ) {
    this.#countMax = limits.pendingMax
    this.#bytesMax = limits.pendingBytesMax
    this.#send = send
  }

  /** Fails with `DELIVERY_BUSY` at the cap, or with the signal's reason. An id that is under way is waited for, not sent again. */
  publish(publication: Publication, signal: AbortSignal | undefined): Promise<Receipt> {
    const key = toHex(publication.id)
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      const bytes = this.#bytes + publication.payload.length
      if (this.#entries.size >= this.#countMax || bytes > this.#bytesMax)
        return Promise.reject(
          new ColloquyError("DELIVERY_BUSY", "too many publications wait for the hub", { retry: "later" }),
        )
      entry = { publication, waiters: new Set(), isSent: false }
      this.#entries.set(key, entry)
      this.#unsent.add(key)
      this.#bytes = bytes
      this.#flushSoon()
    }
    return this.#wait(key, entry, signal)
  }

  /** The connection is up: everything that waits goes out. */
  connected({ publicationsMax, publicationBytesMax, messageBytesMax }: HubWelcome): void {
    this.#window = { count: publicationsMax, bytes: Math.min(publicationBytesMax, messageBytesMax) }
    this.#flush()
  }

  /** What was sent may or may not have arrived: it waits to be sent again, unless nobody waits for it. */
  disconnected(): void {
    this.#window = undefined
    this.#sentCount = 0
    this.#sentBytes = 0
    for (const [key, entry] of this.#entries) {
      entry.isSent = false
      if (entry.waiters.size === 0) this.#remove(key, entry)
    }
    this.#unsent = new Set(this.#entries.keys())
  }

  stored(ids: readonly Uint8Array[], receipt: Receipt): void {
    for (const id of ids) this.#settle(toHex(id), (waiter) => waiter.resolve(receipt))
    this.#flushSoon()
  }

  refused(id: Uint8Array, code: HubRefusal): void {
    const error = new ColloquyError<DeliveryErrorCode>(code, "the hub refused the publication", {
      retry: code === "DELIVERY_BUSY" ? "later" : "never",
    })
    this.#settle(toHex(id), (waiter) => waiter.reject(error))
    this.#flushSoon()
  }

  failAll(error: ColloquyError<DeliveryErrorCode>): void {
    for (const key of [...this.#entries.keys()]) this.#settle(key, (waiter) => waiter.reject(error))
  }

  #wait(key: string, entry: Entry, signal: AbortSignal | undefined): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        entry.waiters.delete(waiter)
        if (entry.waiters.size === 0 && !entry.isSent) this.#remove(key, entry)
        reject(signal?.reason as Error)
      }
      const settled = (): void => signal?.removeEventListener("abort", abort)
      const waiter: Waiter = {
        resolve: (receipt) => {
          settled()
          resolve(receipt)
        },
        reject: (error) => {
          settled()
          reject(error as Error)
        },
      }
      entry.waiters.add(waiter)
      signal?.addEventListener("abort", abort)
    })
  }

  #settle(key: string, settle: (waiter: Waiter) => void): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#remove(key, entry)
    for (const waiter of entry.waiters) settle(waiter)
  }

  #remove(key: string, entry: Entry): void {
    const bytes = entry.publication.payload.length
    this.#entries.delete(key)
    this.#unsent.delete(key)
    this.#bytes -= bytes
    if (!entry.isSent) return
    this.#sentCount--
    this.#sentBytes -= bytes
  }

  /** Calls of one turn go out together. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#unsent.size === 0) return
    this.#isFlushing = true
    queueMicrotask(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  #flush(): void {
    let publications: Publication[] = []
    let bytes = 0
    const send = (): void => {
      if (publications.length > 0) this.#send({ case: "publish", value: { publications: publications.map(plain) } })
      publications = []
      bytes = 0
    }
    for (const key of this.#unsent) {
      const entry = this.#entries.get(key) as Entry
      const size = entry.publication.payload.length
      const window = this.#window
      if (window === undefined || this.#sentCount >= window.count) break
      if (this.#sentCount > 0 && this.#sentBytes + size > window.bytes) break
      if (bytes + size > messageBytes) send()
      entry.isSent = true
      this.#unsent.delete(key)
      this.#sentCount++
      this.#sentBytes += size
      publications.push(entry.publication)
      bytes += size + 64
    }
    send()
  }
}

function plain({ id, topic, payload, ephemeral }: Publication) {
  return { id, topic, payload, ephemeral: ephemeral === true }
}

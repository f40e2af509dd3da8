import {
  type Batch,
  codeOf,
  type ConversationId,
  hasHint,
  type Hint,
  hintBytes,
  hintStart,
  type MaybePromise,
  payloadStart,
  type ReceivedPayload,
  type Topic,
} from "@colloquy/core"
import type { Print } from "../hints/print.js"
import type { ClaimedTopics } from "./claimed-topics.js"
import type { Arrival, Errand, Errands } from "./errands.js"
import type { Runtime } from "./runtime.js"

/** So many payloads are looked through at once. */
const sliceMax = 1024
/** What is said of a payload before its envelope is led anywhere: where its payload begins, or that it is dealt with. */
const dealtWith = 0

const nobody: readonly ConversationId[] = []

/**
 * Leads each payload of a batch to the conversations that expect its hint, else to those that want everything on its topic. What leads nowhere, which is
 * most of it where many share a topic, is counted and put into the ring: nothing is made for it but a copy of its bytes.
 */
export class Router {
  readonly #runtime: Runtime
  readonly #claims: ClaimedTopics
  readonly #errands: Errands
  readonly #persistently: <T>(action: () => Promise<T>) => Promise<T>
  /** Of the payloads that are looked through. */
  readonly #starts = new Int32Array(sliceMax)
  readonly #prints = new Uint32Array(sliceMax * 2)

  /** `persistently` tries until it works, or the client closes. */
  constructor(
    runtime: Runtime,
    claims: ClaimedTopics,
    errands: Errands,
    persistently: <T>(action: () => Promise<T>) => Promise<T>,
  ) {
    this.#runtime = runtime
    this.#claims = claims
    this.#errands = errands
    this.#persistently = persistently
  }

  /** Resolves with what is under way. Throws when the client closes first. */
  async route({ payloads }: Batch): Promise<readonly Errand[]> {
    const errands: Errand[] = []
    const slow: Promise<void>[] = []
    for (let from = 0; from < payloads.length; from += sliceMax) {
      const slice = payloads.length <= sliceMax ? payloads : payloads.slice(from, from + sliceMax)
      this.#read(slice)
      this.#lead(slice, errands, slow)
    }
    await Promise.all(slow)
    return errands
  }

  /** Reads envelopes as far as their hints, and makes the prints of these. */
  #read(payloads: readonly ReceivedPayload[]): void {
    const { counters, account, hints } = this.#runtime
    const starts = this.#starts
    const prints = this.#prints
    let followed: Topic = account.inboxTopic
    for (let i = 0; i < payloads.length; i++) {
      const { topic, payload } = payloads[i] as ReceivedPayload
      starts[i] = dealtWith
      // A service may invent topics without end.
      if (topic !== followed) {
        if (topic !== account.inboxTopic && !this.#claims.has(topic)) {
          counters.add("TOPIC_UNEXPECTED")
          continue
        }
        followed = topic
      }
      const start = payloadStart(payload)
      if (typeof start === "string") {
        counters.add(start)
        continue
      }
      starts[i] = start
      if (hasHint(start)) hints.writePrint(topic, payload, hintStart, prints, i * 2)
    }
    hints.expect(prints, payloads.length)
  }

  #lead(payloads: readonly ReceivedPayload[], errands: Errand[], slow: Promise<void>[]): void {
    const { counters, hints, ring } = this.#runtime
    const starts = this.#starts
    const prints = this.#prints
    let wanted: { readonly topic: Topic; readonly by: readonly ConversationId[] } | undefined
    let foreign = 0
    for (let i = 0; i < payloads.length; i++) {
      const start = starts[i] as number
      if (start === dealtWith) continue
      const { topic, payload: envelope } = payloads[i] as ReceivedPayload
      const order = ring.order()
      if (wanted?.topic !== topic) wanted = { topic, by: this.#claims.wanting(topic) }
      if (!hasHint(start)) {
        this.#send(arrivalOf(topic, envelope, start, order), wanted.by, errands)
        continue
      }
      const high = prints[i * 2] as number
      const low = prints[i * 2 + 1] as number
      if (wanted.by.length === 0 && hints.isForeign(high)) {
        foreign++
        ring.put(topic, high, low, envelope, order)
        continue
      }
      const found = this.#find({ high, low })
      if (found instanceof Promise)
        slow.push(this.#sendLater(topic, envelope, start, order, { high, low }, found, errands))
      else if (!this.#send(arrivalOf(topic, envelope, start, order), found.length > 0 ? found : wanted.by, errands))
        ring.put(topic, high, low, envelope, order)
    }
    if (foreign > 0) counters.add("PAYLOAD_UNEXPECTED", foreign)
  }

  /** While the look-up lasts it waits in the ring: somebody may come to expect it meanwhile. */
  async #sendLater(
    topic: Topic,
    envelope: Uint8Array,
    start: number,
    order: number,
    { high, low }: Print,
    found: Promise<readonly ConversationId[]>,
    errands: Errand[],
  ): Promise<void> {
    const { ring } = this.#runtime
    const slot = ring.put(topic, high, low, envelope, order)
    const waiting = slot === -1 ? undefined : ring.watch(topic, slot)
    const targets = await found
    if (waiting !== undefined && waiting.state !== "waiting") return
    const wanted = targets.length > 0 ? targets : this.#claims.wanting(topic)
    if (this.#send(arrivalOf(topic, envelope, start, order), wanted, errands) && waiting !== undefined)
      ring.forget(waiting)
  }

  /** Returns whether it is on its way to somebody. */
  #send(arrival: Arrival, wanted: readonly ConversationId[], errands: Errand[]): boolean {
    const { counters, registry } = this.#runtime
    let isRunning = false
    for (const conversation of wanted) {
      if (!registry.runs(conversation)) continue
      isRunning = true
      errands.push(this.#errands.send(conversation, arrival))
    }
    // Where its type is not registered now it waits, too: it may be again.
    if (!isRunning) counters.add(wanted.length === 0 ? "PAYLOAD_UNEXPECTED" : "TYPE_UNREGISTERED")
    return isRunning
  }

  #find(print: Print): MaybePromise<readonly ConversationId[]> {
    const { hints, counters } = this.#runtime
    const again = (): Promise<readonly ConversationId[]> =>
      this.#persistently(async () => {
        try {
          return await hints.find(print)
        } catch (error) {
          if (codeOf(error) !== "STORE_DAMAGED") throw error
          // It must not hold up the others.
          counters.add("HINTS_DAMAGED")
          return nobody
        }
      })
    try {
      const found = hints.find(print)
      return found instanceof Promise ? found.catch(again) : found
    } catch {
      return again()
    }
  }
}

/** The envelope's parts, as views of it. */
function arrivalOf(topic: Topic, envelope: Uint8Array, start: number, order: number): Arrival {
  const { buffer, byteOffset, length } = envelope
  const payload = new Uint8Array(buffer, byteOffset + start, length - start)
  const hint = hasHint(start) ? (new Uint8Array(buffer, byteOffset + hintStart, hintBytes) as Hint) : undefined
  return { topic, hint, payload, order }
}

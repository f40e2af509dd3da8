import { be64, type ConversationId, type Hint, type ReceiveInput, type Topic, type Write } from "@colloquy/core"
import { encodeInput } from "../store/inputs.js"
import { key } from "../store/keys.js"
import type { Runtime } from "./runtime.js"

/** How long a batch waits for conversations that are slow. Then what they have not dealt with is kept, and reading goes on. */
const patienceMs = 2000
/** How many payloads may be kept so: with more, reading waits. */
const keptMax = 256

/** A payload as its envelope was read. */
export interface Arrival {
  readonly topic: Topic
  readonly hint: Hint | undefined
  readonly payload: Uint8Array
  /** Its place in the order in which the feed brought them. */
  readonly order: number
}

/** A payload on its way to a conversation. */
export interface Errand {
  readonly conversation: ConversationId
  readonly input: ReceiveInput
  /** Resolves once its outcome is durable; rejects when the client closes first. */
  readonly done: Promise<void>
}

/** Brings payloads to conversations, and keeps in the store what a slow one has not dealt with, so that it holds up no other. */
export class Errands {
  readonly #runtime: Runtime
  /** How many payloads of each slow conversation are kept. */
  readonly #slow = new Map<ConversationId, number>()
  #kept = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  send(conversation: ConversationId, { topic, hint, payload, order }: Arrival): Errand {
    const input: ReceiveInput =
      hint === undefined ? { kind: "receive", topic, payload } : { kind: "receive", topic, hint, payload }
    return { conversation, input, done: this.#runtime.instances.deliver(conversation, input, { order }) }
  }

  /**
   * Waits for the outcomes, but not for long, and not at all for a conversation that was slow before. Where no more can be kept, for all of
   * them. Resolves with those that have none yet. Rejects when the client closes first.
   */
  async outcomes(errands: readonly Errand[]): Promise<readonly Errand[]> {
    const open = new Set(errands)
    const outcomes = errands.map(async (errand) => {
      await errand.done
      open.delete(errand)
    })
    if (errands.length === 0 || this.#kept + errands.length > keptMax) {
      await Promise.all(outcomes)
      return []
    }
    for (const outcome of outcomes) outcome.catch(() => undefined)
    const swift = outcomes.filter((_, index) => !this.#slow.has((errands[index] as Errand).conversation))
    let cancel = (): void => undefined
    const late = new Promise<void>((resolve) => {
      cancel = this.#runtime.environment.clock.after(patienceMs, resolve)
    })
    await Promise.race([Promise.all(swift), late]).finally(cancel)
    return [...open]
  }

  /** The writes that keep these, and what to call once they are committed. */
  keep(errands: readonly Errand[]): { readonly writes: readonly Write[]; committed(): void } {
    const { account, sequence, environment } = this.#runtime
    const nowMs = environment.clock.nowMs()
    const writes = errands.map(({ conversation, input }) => ({
      key: key("input", account.keys.conversation(conversation), be64(sequence.next())),
      value: encodeInput(conversation, input, nowMs),
    }))
    const committed = (): void => {
      for (const [index, errand] of errands.entries()) void this.#forget(errand, (writes[index] as Write).key)
    }
    return { writes, committed }
  }

  /** Deletes the stored copy once the outcome is durable. */
  async #forget({ conversation, done }: Errand, durable: Uint8Array): Promise<void> {
    this.#kept++
    this.#slow.set(conversation, (this.#slow.get(conversation) ?? 0) + 1)
    try {
      await done
      await this.#runtime.commit([{ key: durable, value: undefined }])
    } catch {
      // It is dealt with again when the client is opened: the same payload twice changes nothing.
    } finally {
      this.#kept--
      const rest = (this.#slow.get(conversation) ?? 1) - 1
      if (rest > 0) this.#slow.set(conversation, rest)
      else this.#slow.delete(conversation)
    }
  }
}

import {
  type CarriageOffer,
  type Codec,
  type ConversationContext,
  type Crypto,
  type Hint,
  inboxTopics,
  le32,
  type Next,
  type Outcome,
  type Parcel,
  type Resident,
  type ResidentEffect,
  type ResidentInput,
  type Topic,
  type TypeId,
  utf8,
} from "@colloquy/core"
import { InboxV1 } from "@colloquy/conversation-inbox"
import { type Identity, identityFromSeed, loadCrypto } from "@colloquy/crypto"
import { inboxState, type InboxPatch, type InboxState } from "../src/state.js"

export const crypto: Crypto = await loadCrypto()
const startMs = 1_700_000_000_000
export const dayMs = 24 * 60 * 60 * 1000

export type InboxOutcome = Outcome<InboxPatch, ResidentEffect>
export type InboxNext = Next<InboxPatch, ResidentEffect>

export function counting(count: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (first + i) & 255)
}

/** An account with its inbox, run as a client would: patches applied, `wipe` overwritten, routes followed, state stored and loaded. */
export class Account {
  readonly identity: Identity
  readonly topic: Topic
  readonly context: ConversationContext
  state: InboxState
  nowMs = startMs
  wakeAtMs: number | undefined
  readonly routes = new Set<string>()
  #drawn: number

  constructor(seed: number) {
    this.identity = identityFromSeed(crypto, counting(32, seed))
    this.topic = inboxTopics.of(this.identity.participant, crypto)
    this.#drawn = seed * 100_000
    const { identity, topic } = this
    const now = (): number => this.nowMs
    const context = {
      get nowMs() {
        return now()
      },
      random: (bytes: number) => crypto.hash(le32(this.#drawn++), bytes),
      crypto,
      readIntroduction: () => undefined,
      self: {
        participant: identity.participant,
        inboxTopic: topic,
        sign: (message: Uint8Array) => identity.sign(message),
        agree: (publicKey: Uint8Array) => identity.agree(publicKey),
      },
    }
    const started = machine.start({
      ...context,
      conversationId: (material) => InboxV1.declaration.conversationIds.make(InboxV1.name, material, crypto),
    })
    this.context = Object.defineProperties(
      { conversation: started.conversation, consent: "allowed" },
      Object.getOwnPropertyDescriptors(context),
    ) as unknown as ConversationContext
    this.state = { offers: new Map(), introductions: new Map(), consumed: new Map(), sent: new Map() }
  }

  /** One step that changes nothing. */
  peek(input: ResidentInput): InboxOutcome {
    return machine.step(this.state, input, this.context) as InboxOutcome
  }

  /** One step, committed. */
  step(input: ResidentInput): InboxOutcome {
    const outcome = this.peek(input)
    if (outcome.kind === "next") this.#commit(outcome)
    return outcome
  }

  accepted(input: ResidentInput): InboxNext {
    const outcome = this.step(input)
    if (outcome.kind !== "next") throw new Error(outcome.code)
    return outcome
  }

  /** What a friend gets: an introduction whose digest is made up, since its form is not the inbox's business. */
  introduce(expiresAtMs: number = this.nowMs + 7 * dayMs, digest = counting(32, 200)): CarriageOffer {
    const offer = this.offer(expiresAtMs)
    this.accepted({ kind: "introduced", offer, introductionDigest: digest, expiresAtMs })
    return { offer, introductionDigest: digest, inboxTopic: this.topic, expiresAtMs }
  }

  offer(expiresAtMs: number = this.nowMs + 7 * dayMs): Uint8Array {
    const [effect] = this.accepted({ kind: "offer", expiresAtMs }).effects
    if (effect?.kind !== "offered") throw new Error("no offer")
    return effect.offer
  }

  /** The payload and hint that this account publishes for a parcel. */
  carry(to: Account, using: CarriageOffer, parcel: Parcel = invite): { topic: Topic; hint: Hint; payload: Uint8Array } {
    const [effect] = this.accepted({ kind: "carry", to: to.identity.participant, parcel, using }).effects
    if (effect?.kind !== "publish" || effect.hint === undefined) throw new Error("nothing was published")
    return { topic: effect.topic, hint: effect.hint, payload: effect.payload }
  }

  #commit({ patch, effects, wakeAtMs, wipe = [] }: InboxNext): void {
    this.state = stored(applied(this.state, patch))
    this.wakeAtMs = wakeAtMs
    for (const effect of effects)
      if (effect.kind === "listen") {
        for (const route of effect.add) this.routes.add(routeKey(route))
        for (const route of effect.drop) this.routes.delete(routeKey(route))
      }
    crypto.wipe(...wipe)
  }
}

export const invite: Parcel = { type: "PrivateV1" as TypeId, kind: "invite", body: utf8("the invite's own bytes") }

export const machine = InboxV1.resident?.machine as unknown as Resident<typeof inboxState>

export function routeKey({ topic, hint }: { readonly topic: Topic; readonly hint?: Hint }): string {
  return `${topic} ${Buffer.from(hint ?? []).toString("hex")}`
}

function applied(state: InboxState, patch: InboxPatch): InboxState {
  const changed = (name: keyof InboxState): Map<string, unknown> => {
    const rows = new Map<string, unknown>(state[name])
    for (const [key, row] of patch[name] ?? []) {
      if (row === undefined) rows.delete(key)
      else rows.set(key, row)
      if (rows.size > inboxState[name].rowsMax) throw new Error("TABLE_FULL")
    }
    return rows
  }
  return {
    offers: changed("offers"),
    introductions: changed("introductions"),
    consumed: changed("consumed"),
    sent: changed("sent"),
  } as InboxState
}

/** The state as it comes back from a store. */
function stored(state: InboxState): InboxState {
  const table = (name: keyof InboxState): ReadonlyMap<string, unknown> => {
    const { codec } = inboxState[name] as { codec: Codec<unknown> }
    const rows: ReadonlyMap<string, unknown> = state[name]
    return new Map([...rows].map(([key, row]) => [key, codec.decode(codec.encode(row), codec.version)]))
  }
  return {
    offers: table("offers"),
    introductions: table("introductions"),
    consumed: table("consumed"),
    sent: table("sent"),
  } as InboxState
}

import { decodeIntroductionBytes } from "@colloquy/client/laboratory"
import {
  type AnyConversationType,
  type Consent,
  type Context,
  type ConversationContext,
  type ConversationId,
  type Crypto,
  inboxTopics,
  type Participant,
  type Self,
  type StartContext,
  type Topic,
} from "@colloquy/core"
import { type Identity, identityFromSeed } from "@colloquy/crypto"
import { Recorder, recordingCrypto } from "./recording-crypto.js"
import type { SeededRandom } from "./seeded-random.js"

/** What the machines of one account do their work with. */
export interface Tools {
  readonly crypto: Crypto
  readonly self: Self
  random(bytes: number): Uint8Array
}

/** One identity, its randomness, and its tools on record. */
export class Account {
  readonly participant: Participant
  readonly inboxTopic: Topic
  readonly identitySeed: Uint8Array
  readonly random: SeededRandom
  readonly live: Tools
  readonly #crypto: Crypto
  readonly #identity: Identity

  constructor(crypto: Crypto, identitySeed: Uint8Array, random: SeededRandom, recorder: Recorder) {
    this.#crypto = crypto
    this.#identity = identityFromSeed(crypto, identitySeed)
    this.participant = this.#identity.participant
    this.inboxTopic = inboxTopics.of(this.participant, crypto)
    this.identitySeed = identitySeed
    this.random = random
    this.live = this.#tools(random, recorder)
  }

  /** Tools that leave no trace, and use up nothing. */
  quiet(random: SeededRandom = this.random.copy()): Tools {
    return this.#tools(random, new Recorder(false))
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#identity.sign(message)
  }

  #tools(random: SeededRandom, recorder: Recorder): Tools {
    const { participant, inboxTopic } = this
    const identity = this.#identity
    return {
      crypto: recordingCrypto(this.#crypto, recorder, participant),
      random(bytes) {
        const drawn = random.draw(bytes)
        recorder.note(participant, "random", {}, { drawn })
        return drawn
      },
      self: {
        participant,
        inboxTopic,
        sign(message) {
          const signature = identity.sign(message)
          recorder.note(participant, "identity-sign", { message }, { signature })
          return signature
        },
        agree(publicKey) {
          const shared = identity.agree(publicKey)
          recorder.note(participant, "identity-agree", { publicKey }, { shared })
          return shared
        },
      },
    }
  }
}

function context(type: AnyConversationType, tools: Tools, crypto: Crypto, nowMs: number): Context {
  return {
    nowMs,
    random: (bytes) => tools.random(bytes),
    crypto: tools.crypto,
    self: tools.self,
    readIntroduction(bytes) {
      const decoded = decodeIntroductionBytes(bytes, crypto, nowMs)
      if (decoded.kind === "refused") return undefined
      const { participant, inboxTopic, expiresAtMs, offers } = decoded.introduction
      const own = offers.find((offered) => offered.type === type.id)
      const read = { participant, inboxTopic, expiresAtMs }
      return own === undefined ? read : { ...read, offer: own.body }
    },
  }
}

/** The context of one `start`. */
export function startContext(type: AnyConversationType, tools: Tools, crypto: Crypto, nowMs: number): StartContext {
  return {
    ...context(type, tools, crypto, nowMs),
    conversationId: (material) => type.declaration.conversationIds.make(type.name, material, tools.crypto),
  }
}

/** The context of one `step`. */
export function stepContext(
  type: AnyConversationType,
  tools: Tools,
  crypto: Crypto,
  nowMs: number,
  instance: { readonly id: ConversationId; readonly consent: Consent },
): ConversationContext {
  return { ...context(type, tools, crypto, nowMs), conversation: instance.id, consent: instance.consent }
}

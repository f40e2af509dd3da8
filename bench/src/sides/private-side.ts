import { encodeContent, text } from "@colloquy/content"
import { PrivateV1 } from "@colloquy/conversation-private"
import {
  type CarryEffect,
  type Crypto,
  type Effect,
  encodeEnvelope,
  inboxTopics,
  type PublishEffect,
  type Self,
  type Vocabulary,
} from "@colloquy/core"
import { identityFromSeed, systemRandom } from "@colloquy/crypto"
import { MachineDriver } from "../machine-driver.js"
import { batch, exchanges, type Side, textBytes } from "./side.js"

/** PrivateV1's machine in memory. */
export function privateSide(crypto: Crypto): Side {
  const content = encodeContent(text("a".repeat(textBytes)))
  const pair = establish(crypto)
  const { seal, open } = oneWay(pair, content)
  return {
    seal,
    open,
    settle: () => acknowledge(pair),
    exchange: () => exchange(pair, content, exchanges),
    wireBytes: () => wireBytes(pair, content),
  }
}

interface Pair {
  readonly saro: MachineDriver
  readonly raya: MachineDriver
}

/** Two machines with a conversation, past their first exchange. */
export function establish(crypto: Crypto): Pair {
  const random = systemRandom()
  const person = (): { readonly driver: MachineDriver; readonly self: Self } => {
    const identity = identityFromSeed(crypto, random(32))
    const self = { ...identity, inboxTopic: inboxTopics.of(identity.participant, crypto) }
    return { driver: new MachineDriver(PrivateV1, self, crypto, random), self }
  }
  const saro = person()
  const raya = person()
  const offer = raya.driver.offer()
  const { participant, inboxTopic } = raya.self
  const started = saro.driver.start({ kind: "create", peers: [{ participant, inboxTopic, offer }] })
  const carry = started.find((effect): effect is CarryEffect => effect.kind === "carry")
  if (carry === undefined) throw new Error("no invitation")
  const from = saro.self.participant
  const begun = raya.driver.resident({ kind: "parcel", from, parcel: carry.parcel })
  const begin = begun.find((effect) => effect.kind === "begin")
  if (begin === undefined) throw new Error("the invitation was not taken")
  raya.driver.start({ kind: "accept", from, invite: begin.invite })
  const pair = { saro: saro.driver, raya: raya.driver }
  exchange(pair, encodeContent(text("hello")), 1)
  return pair
}

function oneWay({ saro, raya }: Pair, content: Uint8Array): { seal(): number; open(): number } {
  let waiting: readonly PublishEffect[] = []
  return {
    seal() {
      waiting = Array.from({ length: batch }, () => sealed(saro, content))
      return batch
    },
    open() {
      for (const payload of waiting) receive(raya, payload)
      return batch
    },
  }
}

/** Raya's one delayed acknowledgement reaches Saro, who keeps no copies any more: not timed, since it is one payload for thousands. */
function acknowledge({ saro, raya }: Pair): void {
  raya.pass(60_000)
  for (const effect of raya.step({ kind: "wake" })) {
    if (effect.kind !== "publish") continue
    const { topic, hint, payload } = effect
    saro.step(hint === undefined ? { kind: "receive", topic, payload } : { kind: "receive", topic, hint, payload })
  }
}

/** Each answers the other: every message takes a step of the ratchet. */
export function exchange({ saro, raya }: Pair, content: Uint8Array, count: number): number {
  for (let i = 0; i < count; i++) {
    receive(raya, sealed(saro, content))
    receive(saro, sealed(raya, content))
  }
  return 2 * count
}

function wireBytes({ saro, raya }: Pair, content: Uint8Array): number {
  const published = sealed(saro, content)
  receive(raya, published)
  const { hint, payload } = published
  return encodeEnvelope(hint === undefined ? { payload } : { payload, hint }).length
}

export function sealed(from: MachineDriver, content: Uint8Array): PublishEffect {
  return publication(from.step({ kind: "send", content }))
}

export function receive(to: MachineDriver, { topic, hint, payload }: PublishEffect): void {
  const effects = to.step(
    hint === undefined ? { kind: "receive", topic, payload } : { kind: "receive", topic, hint, payload },
  )
  if (!effects.some(({ kind }) => kind === "deliver")) throw new Error("nothing was delivered")
}

function publication(effects: readonly Effect<Vocabulary>[]): PublishEffect {
  const published = effects.find((effect): effect is PublishEffect => effect.kind === "publish")
  if (published === undefined) throw new Error("nothing was published")
  return published
}

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
import { identityFromSeed, loadCrypto, systemRandom } from "@colloquy/crypto"
import { loadNativeCrypto } from "@colloquy/crypto/native"
import { MachineDriver } from "./machine-driver.js"
import { beside, inTurn, rate, type Result } from "./measure.js"
import { libsignalPair } from "./peers/libsignal.js"
import type { Suite } from "./suites.js"

const rounds = 7
const batch = 2000
const exchanges = 500
const warmUps = 10
const textBytes = 100
const peer = "libsignal-client"

/** PrivateV1's machine in memory beside libsignal's session with stores in memory: 100 bytes of text each. */
export const privateSuite: Suite = {
  name: "private",
  async run() {
    const content = encodeContent(text("a".repeat(textBytes)))
    const wasm = establish(await loadCrypto())
    const addon = await loadNativeCrypto()
    const native = addon === undefined ? undefined : establish(addon)
    const signal = await signalSide()
    const results = [...(await besideSignal("private", wasm, content, signal))]
    const wire = wireBytes(wasm, content)
    results.push(beside("wire.bytes100", "B", wire, peer, await signal.wireBytes(), "at most 221 before padding"))
    if (native !== undefined) results.push(...(await besideSignal("private.native", native, content, signal)))
    return results
  },
}

type SignalSide = Awaited<ReturnType<typeof signalSide>>

/** The same three things of libsignal's. */
async function signalSide() {
  const { saro, raya } = await libsignalPair()
  const body = new Uint8Array(textBytes).fill(97)
  const waiting: Awaited<ReturnType<typeof saro.encrypt>>[] = []
  return {
    async seal(): Promise<number> {
      waiting.length = 0
      for (let i = 0; i < batch; i++) waiting.push(await saro.encrypt(raya, body))
      return batch
    },
    async open(): Promise<number> {
      for (const message of waiting) await raya.decrypt(saro, message)
      return batch
    },
    async exchange(): Promise<number> {
      for (let i = 0; i < exchanges; i++) {
        await raya.decrypt(saro, await saro.encrypt(raya, body))
        await saro.decrypt(raya, await raya.encrypt(saro, body))
      }
      return 2 * exchanges
    },
    wireBytes: async (): Promise<number> => (await saro.encrypt(raya, body)).bytes.length,
  }
}

async function besideSignal(
  name: string,
  pair: Pair,
  content: Uint8Array,
  signal: SignalSide,
): Promise<readonly Result[]> {
  const ours = oneWay(pair, content)
  for (let i = 0; i < warmUps; i++) {
    ours.seal()
    ours.open()
    acknowledge(pair)
  }
  const [seal, open, sealPeer, openPeer] = (await inTurn(
    rounds,
    () => rate(ours.seal),
    async () => {
      const opened = await rate(ours.open)
      acknowledge(pair)
      return opened
    },
    () => rate(signal.seal),
    () => rate(signal.open),
  )) as [number, number, number, number]
  const [pingPong, pingPongPeer] = (await inTurn(
    rounds,
    () => rate(() => exchange(pair, content)),
    () => rate(signal.exchange),
  )) as [number, number]
  return [
    beside(`${name}.seal`, "ops/s", seal, peer, sealPeer, "5 × peer"),
    beside(`${name}.open`, "ops/s", open, peer, openPeer, "5 × peer"),
    beside(`${name}.pingpong`, "ops/s", pingPong, peer, pingPongPeer, "2 × peer"),
  ]
}

interface Pair {
  readonly saro: MachineDriver
  readonly raya: MachineDriver
}

/** Two machines with a conversation, past their first exchange. */
function establish(crypto: Crypto): Pair {
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
function exchange({ saro, raya }: Pair, content: Uint8Array, count = exchanges): number {
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

function sealed(from: MachineDriver, content: Uint8Array): PublishEffect {
  return publication(from.step({ kind: "send", content }))
}

function receive(to: MachineDriver, { topic, hint, payload }: PublishEffect): void {
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

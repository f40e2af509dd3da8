import { ColloquyError, type Crypto, fromUtf8, type Hint, toHex, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, expect, test } from "vitest"
import { decodeOffer, encodeContent, encodeInvite, messages } from "../src/frames.js"
import { associatedDataOf, foundingSecrets } from "../src/keys.js"
import { privateState, type PrivateState } from "../src/state.js"
import { deliveredText, find, Party } from "./harness.js"
import vectors from "./vectors/private-v1.json" with { type: "json" }

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

/** What was drawn since the last call, in order. */
class Draws {
  #drawn: string[] = []
  #count = 0
  constructor(readonly name: string) {}

  readonly random = (bytes: number): Uint8Array => {
    const drawn = crypto.hash(utf8(`${this.name} ${this.#count++}`), 32).slice(0, bytes)
    this.#drawn.push(toHex(drawn))
    return drawn
  }

  take(): string[] {
    return this.#drawn.splice(0)
  }
}

interface Speaker {
  readonly party: Party
  readonly draws: Draws
}

/** The ratchet's own account of a message, beside what the wire shows. */
function describe(
  { party, draws }: Speaker,
  text: string,
  send: () => { hint: Uint8Array; payload: Uint8Array; message: string },
) {
  const sent = send()
  const { root, sending, link } = party.talk.state as unknown as PrivateState
  const frame = encodeContent(utf8(text), link.lamport - party.nowMs)
  const acknowledged = link.heard === 0 ? {} : { acknowledged: [{ first: 0, last: link.heard - 1 }] }
  const [lamport, sequence] = [link.lamport, link.sequence - 1]
  return {
    text,
    draws: draws.take(),
    headerKey: toHex(root.sendingHeader.key),
    headerSubkey: toHex(root.sendingHeader.subkey),
    ratchetKey: toHex(root.own?.publicKey ?? new Uint8Array()),
    previousCount: root.previousCount,
    number: (sending?.next ?? 0) - 1,
    chainKeyAfter: toHex(sending?.key ?? new Uint8Array()),
    rootKeyAfter: toHex(root.rootKey),
    sequence,
    lamport,
    frame: toHex(frame),
    sdsMessage: toHex(messages.encode({ lamport, sequence, content: frame, ...acknowledged })),
    messageId: sent.message,
    hint: toHex(sent.hint),
    payload: toHex(sent.payload),
  }
}

function make(): typeof vectors {
  const [saroDraws, rayaDraws] = [new Draws("saro"), new Draws("raya")]
  const saro = { party: new Party(crypto, "saro", saroDraws.random), draws: saroDraws }
  const raya = { party: new Party(crypto, "raya", rayaDraws.random), draws: rayaDraws }
  saroDraws.take()
  rayaDraws.take()
  const offer = raya.party.offer()
  const [prekeySecret, prekeyId] = rayaDraws.take()
  const prekey = decodeOffer(offer)?.prekey as Uint8Array
  let invite = ""
  const first = describe(saro, "hello", () => {
    const created = saro.party.create(raya.party.asPeer(offer), "hello")
    if ("kind" in created) throw new Error(created.code)
    invite = toHex(created.invite.body)
    const accepted = raya.party.accept(saro.party.participant, created.invite)
    if ("kind" in accepted) throw new Error(accepted.code)
    const { header, payload } = firstPayload(saro, created.invite.body)
    return { hint: header, payload, message: created.sent?.message ?? "" }
  })
  const [seed, ratchetSecret] = first.draws
  const secrets = foundingSecrets(crypto, {
    seed: bytes(seed as string),
    initiator: saro.party.participant,
    responder: raya.party.participant,
    prekey,
    ratchetKey: bytes(first.ratchetKey),
  })
  const say = (from: Speaker, to: Speaker, text: string) =>
    describe(from, text, () => {
      const flying = from.party.send(text)
      expect(deliveredText(to.party.receive(flying))).toBe(text)
      return flying
    })
  const stored = ({ party }: Speaker) => ({
    bond: toHex(party.talk.stored().get("bond") as Uint8Array),
    link: toHex(party.talk.stored().get("link") as Uint8Array),
    session: toHex(party.talk.stored().get("session") as Uint8Array),
    root: toHex(party.talk.stored().get("root") as Uint8Array),
  })
  const bond = (saro.party.talk.state as unknown as PrivateState).bond
  const spoken = [
    { from: "initiator", ...first },
    { from: "initiator", ...say(saro, raya, "still there?") },
    { from: "responder", ...say(raya, saro, "yes") },
    { from: "initiator", ...say(saro, raya, "a new chain") },
    { from: "initiator", ...say(saro, raya, "é".repeat(120)) },
  ]
  return {
    origin:
      "packages/conversation-private/test/vectors.test.ts; byte strings in hexadecimal digits, draws in the order in which they are drawn",
    nowMs: saro.party.nowMs,
    initiator: { key: saro.party.participant, topic: saro.party.inboxTopic },
    responder: { key: raya.party.participant, topic: raya.party.inboxTopic },
    offer: {
      prekeySecret: prekeySecret as string,
      prekey: toHex(prekey),
      prekeyId: prekeyId as string,
      bytes: toHex(offer),
    },
    founding: {
      seed: seed as string,
      ratchetSecret: ratchetSecret as string,
      X: toHex(secrets.secret),
      SK: toHex(secrets.sharedKey),
      shared_hka: toHex(secrets.initiatorHeaderKey),
      shared_nhkb: toHex(secrets.responderHeaderKey),
      conversation: saro.party.talk.id,
      adToResponder: toHex(bond.outgoing),
      adToInitiator: toHex(bond.incoming),
      invite,
    },
    messages: spoken,
    reset: resetVector(saro.party, raya.party),
    stored: { initiator: stored(saro), responder: stored(raya) },
  }
}

/** PV1-38: what a reset by the responder derives, and its invite, from made-up draws. */
function resetVector(saro: Party, raya: Party) {
  const draw = (name: string): Uint8Array => crypto.hash(utf8(`reset ${name}`), 32)
  const [seed, ratchetSecret, prekeySecret] = [draw("seed"), draw("ratchet"), draw("prekey")]
  const prekeyId = draw("prekey id").slice(0, 8)
  const prekey = crypto.agreementKeyPair(prekeySecret).publicKey
  const ratchetKey = crypto.agreementKeyPair(ratchetSecret).publicKey
  const conversation = saro.talk.id
  const people = { initiator: raya.participant, responder: saro.participant }
  const secrets = foundingSecrets(crypto, { seed, ...people, prekey, ratchetKey, resets: conversation })
  const reset = { conversation, epoch: raya.nowMs, floor: 2, reason: "restored" } as const
  const topics = { initiatorTopic: raya.inboxTopic, responderTopic: saro.inboxTopic }
  return {
    prekey: toHex(prekey),
    X: toHex(secrets.secret),
    SK: toHex(secrets.sharedKey),
    session: toHex(secrets.session),
    adToResponder: toHex(associatedDataOf(crypto, conversation, people, saro.inboxTopic, "to-responder")),
    adToInitiator: toHex(associatedDataOf(crypto, conversation, people, raya.inboxTopic, "to-initiator")),
    epoch: reset.epoch,
    floor: reset.floor,
    invite: toHex(encodeInvite({ seed, ratchetKey, prekeyId, ...topics, reset })),
  }
}

/** The first payload stands in the invite's last field; its hint is never sent. */
function firstPayload({ party }: Speaker, invite: Uint8Array): { header: Uint8Array; payload: Uint8Array } {
  const { root } = party.talk.state as unknown as PrivateState
  const number = Uint8Array.of(0, 0, 0, 0)
  const label = utf8("colloquy/PrivateV1/hint")
  const header = crypto.hash(Uint8Array.of(...label, ...number), 16, root.sendingHeader.key)
  return { header, payload: invite.slice(invite.length - 240) }
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

test("PV1-15, PV1-36: offer, invite, keys and payloads are those of the specification's vectors", () => {
  expect(make()).toEqual(vectors)
})

test("a state that version 1 stored decodes to what encodes alike", () => {
  for (const pieces of [vectors.stored.initiator, vectors.stored.responder])
    for (const name of ["bond", "link", "root", "session"] as const) {
      const { codec } = privateState[name]
      const encode = codec.encode as (value: unknown) => Uint8Array
      expect(toHex(encode(codec.decode(bytes(pieces[name]), 1)))).toBe(pieces[name])
      for (let length = 0; length < pieces[name].length / 2; length++)
        expect(() => codec.decode(bytes(pieces[name]).slice(0, length), 1)).toThrow(ColloquyError)
      expect(() => codec.decode(bytes(pieces[name]), 2)).toThrow(ColloquyError)
    }
})

test("PV1-36: a responder who has only the vectors' offer opens their invite and payloads", () => {
  const { offer, founding, initiator } = vectors
  const draws = [new Uint8Array(32), bytes(offer.prekeySecret), bytes(offer.prekeyId)]
  const later = vectors.messages.filter(({ from }) => from === "responder").flatMap(({ draws }) => draws.map(bytes))
  draws.push(...later)
  const raya = new Party(crypto, "raya", () => draws.shift() as Uint8Array)
  expect(toHex(raya.offer())).toBe(offer.bytes)
  const accepted = raya.accept(initiator.key as Party["participant"], {
    type: "PrivateV1" as never,
    kind: "invite",
    body: bytes(founding.invite),
  })
  if ("kind" in accepted) throw new Error(accepted.code)
  expect(raya.talk.id).toBe(founding.conversation)
  const [first, ...rest] = vectors.messages
  expect(accepted.delivered.map(({ content, message }) => [fromUtf8(content), message])).toEqual([
    [first?.text, first?.messageId],
  ])
  for (const message of rest)
    if (message.from === "responder") expect(toHex(raya.send(message.text).payload)).toBe(message.payload)
    else {
      const flying = { topic: raya.inboxTopic, hint: bytes(message.hint) as Hint, payload: bytes(message.payload) }
      const outcome = raya.receive(flying)
      expect(deliveredText(outcome)).toBe(message.text)
      expect(outcome?.kind === "next" && find(outcome, "deliver").message).toBe(message.messageId)
    }
})

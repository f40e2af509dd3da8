import { type Crypto, type Hint, type Topic, toHex, utf8 } from "@colloquy/core"
import { loadCrypto, openMessage, ratchetHint, sealMessage } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { encodeContent, frames, messages } from "../src/frames.js"
import { suiteOf } from "../src/keys.js"
import { pad } from "../src/padding.js"
import type { PrivateState } from "../src/state.js"
import { acquainted, deliveredText, type Flying, Party } from "./harness.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

/** The payload is refused with a code, and nothing that would be stored changes. */
function expectRefused(party: Party, flying: Flying, codes: RegExp): void {
  const before = party.talk.storedHex()
  const { topic, hint, payload } = flying
  const outcome = party.step({ kind: "receive", topic, hint, payload })
  expect(outcome.kind === "refused" ? outcome.code : outcome.kind).toMatch(codes)
  expect(party.talk.storedHex()).toBe(before)
}

/** A receiver with a skipped message, one in order and one that begins a new chain under way: each way of opening. */
function everyWay(): { readonly raya: Party; readonly flying: readonly Flying[]; readonly saro: Party } {
  const { saro, raya } = acquainted(crypto, "first")
  const skipped = saro.send("skipped")
  raya.receive(saro.send("second"))
  const inOrder = saro.send("in order")
  saro.receive(raya.send("turn"))
  return { raya, saro, flying: [skipped, inOrder, saro.send("next chain")] }
}

describe("a hostile payload changes nothing, and the next good one goes through", () => {
  test("PV1-23: with a bit flipped at any position", () => {
    const { raya, flying } = everyWay()
    for (const good of flying)
      for (let i = 0; i < good.payload.length; i++) {
        const payload = good.payload.slice()
        payload[i] = (payload[i] as number) ^ (1 << (i % 8))
        expectRefused(raya, { ...good, payload }, /^PV1_(HEADER|MESSAGE)$/)
      }
    expect(flying.map((good) => deliveredText(raya.receive(good)))).toEqual(["skipped", "in order", "next chain"])
  })

  test("PV1-16: truncated at any length, or longer", () => {
    const { raya, flying } = everyWay()
    for (const good of flying) {
      for (let length = 0; length < good.payload.length; length++)
        expectRefused(raya, { ...good, payload: good.payload.slice(0, length) }, /^PV1_LENGTH$/)
      expectRefused(raya, { ...good, payload: Uint8Array.of(...good.payload, 0) }, /^PV1_LENGTH$/)
      expectRefused(raya, { ...good, payload: new Uint8Array(320) }, /^PV1_HEADER|PV1_MESSAGE$/)
      expectRefused(raya, { ...good, payload: new Uint8Array(1_000_000) }, /^PV1_LENGTH$/)
    }
    expect(flying.map((good) => deliveredText(raya.receive(good)))).toEqual(["skipped", "in order", "next chain"])
  })

  test("PV1-24: replayed, at once and after a turn", () => {
    const { raya, saro, flying } = everyWay()
    for (const good of flying) raya.receive(good)
    const replay = (): void => {
      for (const good of flying) {
        expect(raya.receive(good), "its hint leads nowhere").toBeUndefined()
        expectRefused(raya, good, /^PV1_HINT$/)
      }
    }
    replay()
    saro.receive(raya.send("turn"))
    raya.receive(saro.send("turn"))
    replay()
  })

  test("PV1-14: on another topic, even one that is permitted", () => {
    const { raya, saro, flying } = everyWay()
    for (const good of flying)
      for (const topic of [saro.inboxTopic, "/colloquy/1/inbox-zz/proto" as Topic, "" as Topic])
        if (topic !== raya.inboxTopic) expectRefused(raya, { ...good, topic }, /^PV1_TOPIC$/)
    expect(flying.map((good) => deliveredText(raya.receive(good)))).toEqual(["skipped", "in order", "next chain"])
  })

  test("PV1-14: with the associated data of another topic, conversation or direction", () => {
    const { raya, saro } = acquainted(crypto)
    const { bond, root, sending } = saro.talk.state as unknown as PrivateState
    const other = acquainted(crypto, "other").saro.talk.state as unknown as PrivateState
    const seal = (associatedData: Uint8Array): Flying => {
      const plaintext = messages.encode({ lamport: 1, sequence: 0, content: encodeContent(utf8("x"), 0) })
      const ratchet = { root, sending, receiving: null }
      const sealed = sealMessage(
        suiteOf(crypto),
        ratchet,
        pad(plaintext) as Uint8Array,
        associatedData,
        saro.context().random,
      )
      if (sealed === undefined) throw new Error("exhausted")
      return { topic: raya.inboxTopic, hint: sealed.hint, payload: sealed.payload }
    }
    for (const wrong of [bond.incoming, other.bond.incoming, new Uint8Array(32)])
      expectRefused(raya, seal(wrong), /^PV1_HEADER$/)
    expect(deliveredText(raya.receive(seal(bond.outgoing)))).toBe("x")
  })

  test("PV1-14: in another conversation between the same two people", () => {
    const saro = new Party(crypto, "saro")
    const raya = new Party(crypto, "raya")
    const talks = ["one", "two"].map((first) => {
      const created = saro.create(raya.asPeer(), first)
      if ("kind" in created) throw new Error(created.code)
      raya.accept(saro.participant, created.invite)
      return { saro: saro.talk, raya: raya.talk }
    })
    const [one, two] = talks as [(typeof talks)[number], (typeof talks)[number]]
    saro.talk = one.saro
    const flying = saro.send("for one")
    raya.talk = two.raya
    expect(raya.receive(flying)).toBeUndefined()
    expectRefused(raya, flying, /^PV1_HINT$/)
    const hint = ratchetHint(suiteOf(crypto), (two.saro.state as unknown as PrivateState).root.sendingHeader.key, 1)
    expectRefused(raya, { ...flying, hint }, /^PV1_HEADER$/)
    raya.talk = one.raya
    expect(deliveredText(raya.receive(flying))).toBe("for one")
  })

  test("PV1-14: sent back to who sent it", () => {
    const { raya, saro } = acquainted(crypto, "first")
    saro.receive(raya.send("turn"))
    raya.receive(saro.send("turn"))
    const flying = saro.send("mine")
    expectRefused(saro, { ...flying, topic: saro.inboxTopic }, /^PV1_HINT$/)
    for (const hex of saro.talk.expected) {
      const hint = Uint8Array.from(Buffer.from(hex, "hex")) as Hint
      expectRefused(saro, { topic: saro.inboxTopic, hint, payload: flying.payload }, /^PV1_HEADER$/)
    }
  })

  test("PV1-19: without a hint, with one of another length, or with one that is not expected", () => {
    const { raya, saro } = acquainted(crypto)
    const { topic, hint, payload } = saro.send("text")
    const before = raya.talk.storedHex()
    expect(raya.step({ kind: "receive", topic, payload })).toEqual({ kind: "refused", code: "PV1_HINT" })
    expectRefused(raya, { topic, payload, hint: hint.slice(0, 15) as Hint }, /^PV1_HINT$/)
    expectRefused(raya, { topic, payload, hint: new Uint8Array(0) as Hint }, /^PV1_HINT$/)
    expectRefused(raya, { topic, payload, hint: new Uint8Array(16) as Hint }, /^PV1_HINT$/)
    expect(raya.talk.storedHex()).toBe(before)
  })

  test("PV1-21: a hint of number 64 is taken, one between the windows is not", () => {
    const { raya, saro } = acquainted(crypto)
    const sent = Array.from({ length: 65 }, (_, n) => saro.send(`${n}`))
    expectRefused(raya, sent[40] as Flying, /^PV1_HINT$/)
    expect(raya.receive(sent[40] as Flying)).toBeUndefined()
    expect(deliveredText(raya.receive(sent[64] as Flying))).toBe("64")
    expect(raya.talk.expected).toEqual(raya.routes())
    expect(sent.slice(0, 64).map((flying) => deliveredText(raya.receive(flying)))).toEqual(
      sent.slice(0, 64).map((_, n) => `${n}`),
    )
    expect(raya.talk.expected).toEqual(raya.routes())
  })
})

describe("a hostile peer, whose payloads authenticate", () => {
  /** Seals a plaintext as the peer could. */
  function sealed(saro: Party, raya: Party, plaintext: Uint8Array): Flying {
    const state = saro.talk.state as unknown as PrivateState
    const { root, sending, receiving, bond } = state
    const out = sealMessage(
      suiteOf(crypto),
      { root, sending, receiving },
      plaintext,
      bond.outgoing,
      saro.context().random,
    )
    if (out === undefined) throw new Error("exhausted")
    return { topic: raya.inboxTopic, hint: out.hint, payload: out.payload }
  }
  const padded = (bytes: Uint8Array): Uint8Array => (pad(bytes) as Uint8Array).slice()
  const content = (): Uint8Array => encodeContent(utf8("x"), 0)
  const offer = (): Uint8Array =>
    frames.encode({
      $typeName: "colloquy.private.v1.PrivateV1Frame",
      frame: {
        case: "offer",
        value: { $typeName: "colloquy.private.v1.Offer", prekeyId: new Uint8Array(8), prekey: new Uint8Array(32) },
      },
    })
  const parcel = (type: string, kind: number): Uint8Array =>
    frames.encode({
      $typeName: "colloquy.private.v1.PrivateV1Frame",
      frame: {
        case: "parcel",
        value: { $typeName: "colloquy.private.v1.CarriedParcel", type, kind, body: new Uint8Array(1) },
      },
    })

  const cases: readonly (readonly [string, () => Uint8Array, string])[] = [
    ["PV1-16: no padding", () => new Uint8Array(160), "PV1_PADDING"],
    ["PV1-26: no SDS message", () => padded(Uint8Array.of(255, 255, 255)), "PV1_SDS"],
    [
      "PV1-27: a sender in the SDS message",
      () => padded(messages.encode({ senderId: "me", lamport: 1, sequence: 0, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: a message id in the SDS message",
      () => padded(messages.encode({ messageId: "id", lamport: 1, sequence: 0, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: a channel in the SDS message",
      () => padded(messages.encode({ channelId: "id", lamport: 1, sequence: 0, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: a bloom filter",
      () => padded(messages.encode({ bloomFilter: new Uint8Array(1), lamport: 1, sequence: 0, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: a segment",
      () => padded(messages.encode({ segment: { index: 0, count: 2 }, lamport: 1, sequence: 0, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: content without a sequence number",
      () => padded(messages.encode({ lamport: 1, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: content without a Lamport time",
      () => padded(messages.encode({ sequence: 1, content: content() })),
      "PV1_SDS",
    ],
    [
      "PV1-27: a sequence number without content",
      () => padded(messages.encode({ sequence: 1, lamport: 1 })),
      "PV1_SDS",
    ],
    [
      "PV1-30: a Lamport time of 2^48",
      () => padded(messages.encode({ lamport: 2 ** 48, sequence: 0, content: content() })),
      "PV1_LAMPORT",
    ],
    [
      "PV1-30: a lead before the beginning of time",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: encodeContent(utf8("x"), 2) })),
      "PV1_LAMPORT",
    ],
    [
      "PV1-33: no frame",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: Uint8Array.of(1) })),
      "PV1_FRAME",
    ],
    [
      "PV1-33: an empty frame",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: new Uint8Array(0) })),
      "PV1_FRAME",
    ],
    [
      "PV1-33: an offer where none belongs",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: offer() })),
      "PV1_FRAME",
    ],
    [
      "PV1-34: a parcel without a type",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: parcel("nothing", 1) })),
      "PV1_FRAME",
    ],
    [
      "PV1-34: a parcel of no kind",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: parcel("GroupV1", 0) })),
      "PV1_FRAME",
    ],
    [
      "PV1-34: a parcel of an unknown kind",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: parcel("GroupV1", 9) })),
      "PV1_FRAME",
    ],
    [
      "PV1-28: content that is too long",
      () => padded(messages.encode({ lamport: 1, sequence: 0, content: encodeContent(new Uint8Array(65_537), 0) })),
      "PV1_FRAME",
    ],
  ]
  for (const [title, plaintext, code] of cases)
    test(`${title} is refused, and the conversation goes on`, () => {
      const { saro, raya } = acquainted(crypto, "first")
      expectRefused(raya, sealed(saro, raya, plaintext()), new RegExp(`^${code}$`))
      expect(deliveredText(raya.receive(saro.send("good")))).toBe("good")
    })

  test("PV1-33: a frame that this version does not know is shown, and the conversation goes on", () => {
    const { saro, raya } = acquainted(crypto, "first")
    const unknown = Uint8Array.of((5 << 3) | 2, 3, 1, 2, 3)
    const flying = sealed(saro, raya, padded(messages.encode({ lamport: 1, sequence: 1, content: unknown })))
    const outcome = raya.receive(flying)
    expect(outcome?.kind === "next" && outcome.effects.filter(({ kind }) => kind !== "listen")).toEqual([
      { kind: "unknown-frame", from: saro.participant, tag: 5 },
    ])
    expect(raya.receive(flying)).toBeUndefined()
  })

  test("PV1-27: a message without content delivers nothing; acknowledgements and history are passed over", () => {
    const { saro, raya } = acquainted(crypto, "first")
    const empty = messages.encode({ acknowledged: [{ first: 0, last: 3 }], causalHistory: [{ messageId: "x" }] })
    expect(deliveredText(raya.receive(sealed(saro, raya, padded(empty))))).toBe("nothing")
  })

  test("PV1-23: opening writes to neither the state nor the payload", () => {
    const { raya, flying } = everyWay()
    for (const { topic, hint, payload } of flying) {
      const before = [raya.talk.storedHex(), toHex(payload), toHex(hint)]
      expect(raya.try({ kind: "receive", topic, hint, payload }).kind).toBe("next")
      expect([raya.talk.storedHex(), toHex(payload), toHex(hint)]).toEqual(before)
    }
  })

  test("a ratchet that is not in a position to open says so", () => {
    const { raya } = acquainted(crypto)
    const { root, sending, receiving } = raya.talk.state as unknown as PrivateState
    const arrival = {
      hint: new Uint8Array(16),
      payload: new Uint8Array(240),
      associatedData: new Uint8Array(32),
      nowMs: 0,
    }
    const outcome = openMessage(suiteOf(crypto), { root, sending, receiving }, new Map(), {
      ...arrival,
      position: { chain: "next", number: 0 },
    })
    expect(outcome).toEqual({ kind: "refused", code: "RATCHET_POSITION" })
  })
})

import { type Crypto, inboxTopics, type Parcel, type Topic, type TypeId, toHex } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { decodeInvite, decodeOffer, encodeInvite, encodeOffer, type Invite } from "../src/frames.js"
import { acquainted, deliveredText, find, Party } from "./harness.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

interface Invited {
  readonly saro: Party
  readonly raya: Party
  readonly invite: Parcel
}

function invited(first = "hello"): Invited {
  const saro = new Party(crypto, "saro")
  const raya = new Party(crypto, "raya")
  const created = saro.create(raya.asPeer(), first)
  if ("kind" in created) throw new Error(created.code)
  return { saro, raya, invite: created.invite }
}

function expectRefused({ saro, raya }: Invited, parcel: Parcel, codes: RegExp, from = saro.participant): void {
  const before = raya.resident.storedHex()
  const outcome = raya.accept(from, parcel)
  expect("kind" in outcome ? outcome.code : "accepted").toMatch(codes)
  expect(raya.resident.storedHex()).toBe(before)
}

describe("the resident", () => {
  test("PV1-6: offers a fresh prekey each time, of 8 and 32 bytes", () => {
    const raya = new Party(crypto, "raya")
    const offers = [raya.offer(), raya.offer()].map((bytes) => decodeOffer(bytes))
    expect(offers.map((offer) => [offer?.prekeyId.length, offer?.prekey.length])).toEqual([
      [8, 32],
      [8, 32],
    ])
    expect(toHex(offers[0]?.prekey as Uint8Array)).not.toBe(toHex(offers[1]?.prekey as Uint8Array))
  })

  test("PV1-6: erases a prekey when its time is over, or after 90 days", () => {
    const raya = new Party(crypto, "raya")
    raya.offer(raya.nowMs + 5000)
    raya.offer(raya.nowMs + 1e12)
    expect(raya.resident.wakeAtMs).toBe(raya.nowMs + 5000)
    raya.nowMs += 5000
    raya.stepResident({ kind: "wake" })
    expect(raya.resident.stored().size).toBe(2)
    expect(raya.resident.wakeAtMs).toBe(raya.nowMs - 5000 + 90 * 86_400_000)
    raya.nowMs += 90 * 86_400_000
    raya.stepResident({ kind: "wake" })
    expect(raya.resident.stored().size).toBe(1)
    expect(raya.resident.wakeAtMs).toBeUndefined()
  })

  test("PV1-6: has at most 4,096 offers out", () => {
    const raya = new Party(crypto, "raya")
    for (let n = 0; n < 4096; n++) raya.offer()
    expect(raya.stepResident({ kind: "offer", expiresAtMs: raya.nowMs + 1 })).toEqual({
      kind: "refused",
      code: "PV1_OFFERS_FULL",
    })
  })

  test("PV1-13: accepts an invite once, and its prekey is gone with that step", () => {
    const { saro, raya, invite } = invited()
    const prekey = [...raya.resident.stored()].find(([name]) => name.startsWith("prekeys"))?.[1].slice(8)
    const secret = toHex(prekey as Uint8Array)
    raya.accept(saro.participant, invite)
    expect(raya.resident.storedHex() + raya.talk.storedHex()).not.toContain(secret)
    expectRefused({ saro, raya, invite }, invite, /^PV1_PREKEY$/)
  })

  test("PV1-13: lists the prekey and what holds it for wiping", () => {
    const { saro, raya, invite } = invited()
    const outcome = raya.stepResident({ kind: "parcel", from: saro.participant, parcel: invite })
    if (outcome.kind !== "next") throw new Error("refused")
    expect(find(outcome, "begin").invite.every((byte) => byte === 0)).toBe(true)
  })

  test("PV1-6: refuses a prekey that has expired", () => {
    const all = invited()
    all.raya.nowMs += 86_400_000
    expectRefused(all, all.invite, /^PV1_PREKEY$/)
  })

  test("refuses what is not for it", () => {
    const all = invited()
    expectRefused(all, { ...all.invite, kind: "offer" }, /^PV1_UNEXPECTED$/)
    expectRefused(all, { ...all.invite, type: "GroupV1" as TypeId }, /^PV1_UNEXPECTED$/)
    const { topic, hint, payload } = all.saro.send("text")
    expect(all.raya.stepResident({ kind: "receive", topic, hint, payload }).kind).toBe("refused")
    const introduced = {
      kind: "introduced",
      offer: all.raya.offer(),
      introductionDigest: new Uint8Array(32),
      expiresAtMs: 0,
    } as const
    expect(all.raya.stepResident(introduced)).toMatchObject({ kind: "next", patch: {} })
  })
})

describe("a hostile invite changes nothing, and the good one still goes through", () => {
  test("PV1-7: truncated at any length, with a byte flipped, with bytes after it, empty", () => {
    const all = invited()
    const { body } = all.invite
    for (let length = 0; length < body.length; length++)
      expectRefused(all, { ...all.invite, body: body.slice(0, length) }, /^PV1_/)
    for (let i = 0; i < body.length; i++) {
      const flipped = body.slice()
      flipped[i] = (flipped[i] as number) ^ 0x10
      expectRefused(all, { ...all.invite, body: flipped }, /^PV1_/)
    }
    expectRefused(all, { ...all.invite, body: Uint8Array.of(...body, 0) }, /^PV1_INVITE$/)
    const accepted = all.raya.accept(all.saro.participant, all.invite)
    expect("delivered" in accepted && accepted.delivered).toHaveLength(1)
  })

  test("PV1-8: handed over by somebody else, or addressed to somebody else", () => {
    const all = invited()
    const pax = new Party(crypto, "pax")
    expectRefused(all, all.invite, /^PV1_(HEADER|TOPIC)$/, pax.participant)
    expectRefused(all, all.invite, /^PV1_PEERS$/, all.raya.participant)
    pax.offer()
    const outcome = pax.accept(all.saro.participant, all.invite)
    expect("kind" in outcome && outcome.code).toMatch(/^PV1_(TOPIC|PREKEY)$/)
  })

  const change = (all: Invited, patch: Partial<Invite>): Parcel => {
    const invite = decodeInvite(all.invite.body) as Invite
    return { ...all.invite, body: encodeInvite({ ...invite, ...patch }) }
  }

  test("PV1-3, PV1-11: with a topic that the policy does not permit, or that is not the responder's", () => {
    const all = invited()
    const foreign = "/elsewhere/1/inbox-00/proto" as Topic
    const bucket = `/colloquy/1/inbox-${all.raya.inboxTopic.includes("-00/") ? "01" : "00"}/proto` as Topic
    expect(inboxTopics.permits(bucket)).toBe(true)
    expectRefused(all, change(all, { initiatorTopic: foreign }), /^PV1_TOPIC$/)
    expectRefused(all, change(all, { responderTopic: foreign }), /^PV1_TOPIC$/)
    expectRefused(all, change(all, { responderTopic: bucket }), /^PV1_TOPIC$/)
    expectRefused(all, change(all, { initiatorTopic: "nonsense" as Topic }), /^PV1_INVITE$/)
  })

  test("PV1-7: with a key of low order, another seed or a first payload of another length", () => {
    const all = invited()
    expectRefused(all, change(all, { ratchetKey: new Uint8Array(32) }), /^PV1_KEY$/)
    expectRefused(all, change(all, { seed: new Uint8Array(32) }), /^PV1_HEADER$/)
    expectRefused(all, change(all, { prekeyId: new Uint8Array(8) }), /^PV1_PREKEY$/)
    expectRefused(all, change(all, { first: new Uint8Array(239) }), /^PV1_LENGTH$/)
    expectRefused(all, change(all, { first: new Uint8Array(0) }), /^PV1_LENGTH$/)
    expectRefused(all, change(all, { seed: new Uint8Array(31) }), /^PV1_INVITE$/)
    const accepted = all.raya.accept(all.saro.participant, all.invite)
    expect("delivered" in accepted && accepted.delivered).toHaveLength(1)
  })
})

describe("a start that cannot be", () => {
  test("PV1-1, PV1-10: with no peer, two, oneself, a bad offer, a foreign topic or too long a first content is refused", () => {
    const { saro, raya } = acquainted(crypto)
    const peer = raya.asPeer()
    const code = (outcome: ReturnType<Party["create"]>): string => ("kind" in outcome ? outcome.code : "created")
    const create = (changed: Partial<typeof peer>, first?: string): string =>
      code(saro.create({ ...peer, ...changed }, first))
    expect(code(saro.create({ participant: peer.participant, inboxTopic: peer.inboxTopic }))).toBe("PV1_OFFER")
    expect(create({ participant: saro.participant })).toBe("PV1_PEERS")
    expect(create({ inboxTopic: "/a/1/b/c" as Topic })).toBe("PV1_TOPIC")
    expect(create({}, "x".repeat(16_711_617))).toBe("PV1_CONTENT_TOO_LONG")
    const offer = decodeOffer(peer.offer as Uint8Array)
    expect(
      create({ offer: encodeOffer({ ...(offer as NonNullable<typeof offer>), prekey: new Uint8Array(32) }) }),
    ).toBe("PV1_KEY")
    const bytes = peer.offer as Uint8Array
    for (let length = 0; length < bytes.length; length++)
      expect(create({ offer: bytes.slice(0, length) })).toBe("PV1_OFFER")
    expect(create({}, "x".repeat(65_536))).toBe("created")
  })

  test("PV1-8: an offer with a byte flipped founds nothing that its owner would open", () => {
    const saro = new Party(crypto, "saro")
    const raya = new Party(crypto, "raya")
    const offer = raya.offer()
    for (let i = 0; i < offer.length; i++) {
      const flipped = offer.slice()
      flipped[i] = (flipped[i] as number) ^ 1
      const created = saro.create(raya.asPeer(flipped), "hello")
      if ("kind" in created) continue
      const outcome = raya.accept(saro.participant, created.invite)
      expect("kind" in outcome ? outcome.code : "accepted").toMatch(/^PV1_/)
    }
    const created = saro.create(raya.asPeer(offer))
    if ("kind" in created) throw new Error(created.code)
    raya.accept(saro.participant, created.invite)
    expect(deliveredText(raya.receive(saro.send("at last")))).toBe("at last")
  })
})

import { empty, equalBytes, fromHex, type Hint, inboxTopics, toHex, type Topic, utf8 } from "@colloquy/core"
import { InboxV1, inboxConversationId } from "@colloquy/conversation-inbox"
import { expect, test } from "vitest"
import { sentMax } from "../src/again.js"
import { consumedMax, introductionsMax, offersMax } from "../src/state.js"
import { Account, counting, crypto, dayMs, invite, machine, routeKey } from "./accounts.js"

test("IB1-1, IB1-2: the type is InboxV1, complete, without a warning", () => {
  expect(InboxV1.id).toBe("InboxV1")
  expect(InboxV1.name).toEqual({ name: "inbox", version: 1 })
  expect(InboxV1.warnings).toEqual([])
  expect(InboxV1.conversation).toBeUndefined()
  expect(machine.carries).toBe(true)
})

test("IB1-3: a sender computes the inbox's conversation id from the owner's identity alone", () => {
  const raya = new Account(2)
  expect(inboxConversationId(raya.identity.participant, crypto)).toBe(raya.context.conversation)
  expect(raya.context.conversation).toMatch(/^\/inbox\/1\/[0-9a-f]{32}$/)
  expect(new Account(3).context.conversation).not.toBe(raya.context.conversation)
})

test("IB1-5: an offer is 1,216 bytes of fresh public keys, and its secrets are in the state alone", () => {
  const raya = new Account(2)
  const [first, second] = [raya.offer(), raya.offer()]
  expect(first).toHaveLength(1216)
  expect(second).not.toEqual(first)
  expect(raya.state.offers.size).toBe(2)
  for (const row of raya.state.offers.values())
    for (const secret of [row.agreementSeed, row.kemSeed]) expect(toHex(first).includes(toHex(secret))).toBe(false)
})

test("IB1-6, IB1-7: introduced, the secrets move to the introduction, and its hint is listened for", () => {
  const raya = new Account(2)
  const using = raya.introduce()
  expect(raya.state.offers.size).toBe(0)
  const [hint] = [...raya.state.introductions.keys()]
  expect(hint).toBe(
    toHex(crypto.hash(new Uint8Array([...utf8("colloquy/InboxV1/hint"), 0, 0, 0, 0]), 16, using.introductionDigest)),
  )
  const route = { topic: raya.topic, hint: fromHex(hint ?? "") as Hint }
  expect(raya.routes).toEqual(new Set([routeKey(route)]))
  expect(machine.routes(raya.state, raya.context).map(routeKey)).toEqual([routeKey(route)])
})

test("IB1-12, IB1-16: an invite arrives, with its sender, and uses up the introduction in the same step", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce()
  const payload = saro.carry(raya, using)
  expect(payload.topic).toBe(raya.topic)
  const rows = [...raya.state.introductions.values()]
  const outcome = raya.accepted({ kind: "receive", ...payload })
  expect(outcome.effects).toEqual([
    { kind: "handover", from: saro.identity.participant, parcel: invite },
    { kind: "listen", add: [], drop: [{ topic: payload.topic, hint: payload.hint }] },
  ])
  expect(raya.state.introductions.size).toBe(0)
  expect(raya.routes.size).toBe(0)
  for (const { agreementSeed, kemSeed } of rows)
    expect([...agreementSeed, ...kemSeed].every((byte) => byte === 0)).toBe(true)
})

test("IB1-12: whatever kind of parcel, and up to 64,000 bytes of body", () => {
  for (const [index, kind] of (["offer", "offer-request", "invite"] as const).entries())
    for (const length of [0, 1, 700, 5000, 64_000]) {
      const [saro, raya] = [new Account(1), new Account(2)]
      const parcel = { ...invite, kind, body: counting(length, index) }
      const [effect] = raya.accepted({ kind: "receive", ...saro.carry(raya, raya.introduce(), parcel) }).effects
      if (effect?.kind !== "handover") throw new Error("nothing was handed over")
      expect(effect.from).toBe(saro.identity.participant)
      expect([effect.parcel.type, effect.parcel.kind]).toEqual([parcel.type, kind])
      expect(equalBytes(effect.parcel.body, parcel.body)).toBe(true)
    }
})

test("IB1-13: a payload has one of six lengths, whatever the parcel says", () => {
  const lengths = [0, 600, 700, 1900, 3000, 6000, 10_000, 20_000, 64_000].map((length) => {
    const [saro, raya] = [new Account(1), new Account(2)]
    return saro.carry(raya, raya.introduce(), { ...invite, body: counting(length) }).payload.length
  })
  expect(lengths).toEqual([2048, 2048, 2048, 4096, 8192, 8192, 16_384, 32_768, 65_535])
})

test("IB1-9: nothing in a payload is readable or alike from one introduction to the next", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const first = saro.carry(raya, raya.introduce())
  const second = saro.carry(raya, raya.introduce(undefined, counting(32, 5)))
  expect(toHex(first.hint)).not.toBe(toHex(second.hint))
  for (const { payload } of [first, second]) {
    const text = toHex(payload)
    for (const secret of [
      invite.body,
      saro.identity.signingPublicKey,
      saro.identity.agreementPublicKey,
      utf8("PrivateV1"),
    ])
      expect(text.includes(toHex(secret))).toBe(false)
  }
  const alike = first.payload.filter((byte, i) => byte === second.payload[i]).length
  expect(alike).toBeLessThan(64)
})

test("IB1-18: the same bytes again are a duplicate, other bytes find the introduction consumed, and neither changes anything", () => {
  const [saro, pax, raya] = [new Account(1), new Account(3), new Account(2)]
  const using = raya.introduce()
  const first = saro.carry(raya, using)
  const second = pax.carry(raya, using)
  raya.accepted({ kind: "receive", ...first })
  const before = structuredClone(raya.state)
  expect(raya.step({ kind: "receive", ...first })).toEqual({ kind: "refused", code: "INVITE_DUPLICATE" })
  expect(raya.step({ kind: "receive", ...second })).toEqual({ kind: "refused", code: "INTRODUCTION_CONSUMED" })
  expect(raya.state).toEqual(before)
  raya.nowMs = using.expiresAtMs
  expect(raya.step({ kind: "receive", ...first })).toEqual({ kind: "refused", code: "HINT_UNKNOWN" })
})

test("IB1-19: the inbox wakes at the earliest expiry, erases what has expired, and expects it no longer", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const short = raya.introduce(raya.nowMs + 1000)
  const long = raya.introduce(raya.nowMs + 5000, counting(32, 7))
  expect(raya.wakeAtMs).toBe(short.expiresAtMs)
  const late = saro.carry(raya, short)
  const rows = [...raya.state.introductions.values()]
  raya.nowMs = short.expiresAtMs - 1
  raya.accepted({ kind: "wake" })
  expect(raya.state.introductions.size).toBe(2)
  raya.nowMs++
  expect(raya.step({ kind: "receive", ...late })).toEqual({ kind: "refused", code: "INTRODUCTION_EXPIRED" })
  const { wipe = [] } = raya.accepted({ kind: "wake" })
  expect(wipe).toHaveLength(2)
  expect(rows.length).toBe(2)
  expect(raya.state.introductions.size).toBe(1)
  expect(raya.routes.size).toBe(1)
  expect(raya.wakeAtMs).toBe(long.expiresAtMs)
  raya.nowMs = long.expiresAtMs
  raya.accepted({ kind: "wake" })
  expect([raya.state.introductions.size, raya.routes.size, raya.wakeAtMs]).toEqual([0, 0, undefined])
})

test("IB1-19: an offer that no introduction took up is erased after a day, what was consumed when it would have expired", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce()
  raya.accepted({ kind: "receive", ...saro.carry(raya, using) })
  expect(raya.wakeAtMs).toBe(using.expiresAtMs)
  raya.offer(raya.nowMs + 30 * dayMs)
  expect(raya.wakeAtMs).toBe(raya.nowMs + dayMs)
  raya.nowMs += dayMs
  raya.accepted({ kind: "wake" })
  expect(raya.state.offers.size).toBe(0)
  raya.nowMs = using.expiresAtMs
  raya.accepted({ kind: "wake" })
  expect(raya.state.consumed.size).toBe(0)
  expect(raya.wakeAtMs).toBeUndefined()
})

test("IB1-8: what has expired, or is out of room, is refused", () => {
  const raya = new Account(2)
  expect(raya.step({ kind: "offer", expiresAtMs: raya.nowMs })).toEqual({
    kind: "refused",
    code: "INTRODUCTION_EXPIRED",
  })
  const offer = raya.offer()
  const introduced = { kind: "introduced", offer, introductionDigest: counting(32), expiresAtMs: raya.nowMs } as const
  expect(raya.step(introduced)).toEqual({ kind: "refused", code: "INTRODUCTION_EXPIRED" })
  while (raya.state.offers.size < offersMax) raya.offer()
  expect(raya.step({ kind: "offer", expiresAtMs: raya.nowMs + 1 })).toEqual({
    kind: "refused",
    code: "INTRODUCTIONS_FULL",
  })
  expect(raya.state.offers.size).toBe(offersMax)
})

test("IB1-6: an unknown, malformed or twice introduced offer is refused", () => {
  const raya = new Account(2)
  const { offer, introductionDigest, expiresAtMs } = raya.introduce()
  const refused = { kind: "refused", code: "OFFER_UNKNOWN" }
  for (const wrong of [offer, empty, offer.subarray(1), counting(1216)])
    expect(raya.step({ kind: "introduced", offer: wrong, introductionDigest, expiresAtMs })).toEqual(refused)
  const fresh = raya.offer()
  for (const digest of [empty, counting(31), counting(33)])
    expect(raya.step({ kind: "introduced", offer: fresh, introductionDigest: digest, expiresAtMs })).toEqual(refused)
})

test("IB1-12: nothing is published without a usable introduction", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce()
  const to = raya.identity.participant
  const refused = (changes: object, parcel = invite): string => {
    const outcome = saro.step({ kind: "carry", to, parcel, using: { ...using, ...changes } })
    return outcome.kind === "refused" ? outcome.code : outcome.kind
  }
  const lowOrder = using.offer.slice().fill(0, 0, 32)
  const notCanonical = using.offer.slice().fill(255, 32, 35)
  expect(saro.step({ kind: "carry", to, parcel: invite })).toEqual({ kind: "refused", code: "INTRODUCTION_MISSING" })
  expect(refused({ expiresAtMs: saro.nowMs })).toBe("INTRODUCTION_EXPIRED")
  for (const offer of [empty, using.offer.subarray(1), counting(1217), lowOrder, notCanonical])
    expect(refused({ offer })).toBe("OFFER_BAD")
  expect(refused({ introductionDigest: counting(16) })).toBe("OFFER_BAD")
  expect(refused({ inboxTopic: "/other/1/inbox-00/proto" as Topic })).toBe("TOPIC_FOREIGN")
  expect(refused({}, { ...invite, body: counting(64_001) })).toBe("PARCEL_TOO_LONG")
  expect(raya.step({ kind: "carry", to, parcel: invite, using })).toEqual({ kind: "refused", code: "RECIPIENT_SELF" })
  const noPoint = "02".padEnd(64, "0") as typeof to
  expect(saro.step({ kind: "carry", to: noPoint, parcel: invite, using })).toEqual({
    kind: "refused",
    code: "OFFER_BAD",
  })
  expect(refused({})).toBe("next")
})

test("IB1-4: parcels are not for the inbox, and it publishes on declared topics only", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  expect(raya.step({ kind: "parcel", from: saro.identity.participant, parcel: invite })).toEqual({
    kind: "refused",
    code: "NOT_SUPPORTED",
  })
  expect(InboxV1.declaration.contentTopics.permits(saro.carry(raya, raya.introduce()).topic)).toBe(true)
  expect(inboxTopics.permits(raya.topic)).toBe(true)
})

test("IB1-8: no more than 1,024 introductions are out at once", () => {
  const raya = new Account(2)
  const { offer, introductionDigest, expiresAtMs } = { ...raya.introduce(), offer: raya.offer() }
  const [row] = [...raya.state.introductions.values()]
  if (row === undefined) throw new Error("no introduction is out")
  const rows = Array.from({ length: introductionsMax }, (_, i) => [`${i}`, row] as const)
  raya.state = { ...raya.state, introductions: new Map(rows) }
  const refused = { kind: "refused", code: "INTRODUCTIONS_FULL" }
  expect(raya.peek({ kind: "offer", expiresAtMs })).toEqual(refused)
  expect(raya.peek({ kind: "introduced", offer, introductionDigest, expiresAtMs })).toEqual(refused)
})

test("IB1-18: where there is no room to remember one more, the one that expires first is forgotten", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const payload = saro.carry(raya, raya.introduce())
  const rows = Array.from({ length: consumedMax }, (_, i) => {
    return [`${i}`, { expiresAtMs: raya.nowMs + 2 * consumedMax - i, payloadDigest: counting(32) }] as const
  })
  raya.state = { ...raya.state, consumed: new Map(rows) }
  raya.accepted({ kind: "receive", ...payload })
  expect(raya.state.consumed.size).toBe(consumedMax)
  expect(raya.state.consumed.has(`${consumedMax - 1}`)).toBe(false)
  expect(raya.step({ kind: "receive", ...payload })).toEqual({ kind: "refused", code: "INVITE_DUPLICATE" })
})

test("IB1-19, IB1-20: no step leaves a secret behind in the buffers that it made", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const secrets: Uint8Array[] = []
  const noted = <T extends Uint8Array | undefined>(bytes: T): T => {
    if (bytes !== undefined) secrets.push(bytes)
    return bytes
  }
  const watched: typeof crypto = {
    ...crypto,
    agreementKeyPair: (seed) => {
      const pair = crypto.agreementKeyPair(seed)
      noted(pair.secretKey)
      return pair
    },
    kemKeyPair: (seed) => {
      const pair = crypto.kemKeyPair(seed)
      noted(pair.secretKey)
      return pair
    },
    agree: (secretKey, publicKey) => noted(crypto.agree(secretKey, publicKey)),
    seal: (key, nonce, plaintext, additional) => {
      if (plaintext.length < 1000 && plaintext.length > 32) noted(plaintext)
      return crypto.seal(key, nonce, plaintext, additional)
    },
  }
  for (const account of [saro, raya]) Object.defineProperty(account.context, "crypto", { value: watched })
  const payload = saro.carry(raya, raya.introduce())
  expect(secrets.length).toBeGreaterThan(4)
  expect(secrets.every((secret) => secret.every((byte) => byte === 0))).toBe(true)
  secrets.length = 0
  raya.peek({ kind: "receive", ...payload, payload: payload.payload.slice().fill(0, 1000) })
  raya.accepted({ kind: "receive", ...payload })
  expect(secrets.length).toBeGreaterThan(4)
  expect(secrets.every((secret) => secret.every((byte) => byte === 0))).toBe(true)
})

const hourMs = dayMs / 24

test("IB1-12: the same bytes are published again after 20 minutes, 3 hours, 1, 3 and 7 days, until the introduction expires", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce(raya.nowMs + 60 * dayMs)
  const first = saro.carry(raya, using)
  const beganMs = saro.nowMs
  const times: number[] = []
  while (saro.wakeAtMs !== undefined && saro.wakeAtMs < using.expiresAtMs) {
    saro.nowMs = saro.wakeAtMs
    const { effects } = saro.accepted({ kind: "wake" })
    expect(effects).toEqual([{ kind: "publish", ...first, expiresAtMs: using.expiresAtMs }])
    times.push(saro.nowMs - beganMs)
  }
  let sumMs = 0
  expect(times).toEqual([hourMs / 3, 3 * hourMs, dayMs, 3 * dayMs, 7 * dayMs].map((delayMs) => (sumMs += delayMs)))
  saro.nowMs = using.expiresAtMs
  expect(saro.accepted({ kind: "wake" }).effects).toEqual([])
  expect([saro.state.sent.size, saro.wakeAtMs]).toEqual([0, undefined])
})

test("IB1-12: nothing is published again once the introduction has expired", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  saro.carry(raya, raya.introduce(raya.nowMs + hourMs))
  saro.nowMs += hourMs
  expect(saro.accepted({ kind: "wake" }).effects).toEqual([])
})

test("IB1-12: the same parcel under the same introduction is the same bytes, another parcel is other bytes", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce()
  const first = saro.carry(raya, using)
  expect(saro.carry(raya, using)).toEqual(first)
  expect(saro.carry(raya, using, { ...invite, body: counting(9) })).not.toEqual(first)
})

test("IB1-12: so many payloads are remembered, those that expire last", () => {
  const [saro, raya] = [new Account(1), new Account(2)]
  for (let i = 0; i <= sentMax; i++)
    saro.carry(raya, { ...raya.introduce(raya.nowMs + dayMs - i, crypto.hash(counting(1, i), 32)) })
  expect(saro.state.sent.size).toBe(sentMax)
  expect(Math.min(...[...saro.state.sent.values()].map(({ expiresAtMs }) => expiresAtMs))).toBe(
    saro.nowMs + dayMs - sentMax,
  )
})

import {
  concat,
  type ConversationContext,
  empty,
  type Hint,
  type Participant,
  participantFromKey,
  type ReceiveInput,
  utf8,
} from "@colloquy/core"
import { NoiseHandshake } from "@colloquy/crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { inboxFrames, parcelFrame } from "../src/frames.js"
import { inboxConversationId, inboxPattern, inboxPrologue } from "../src/handshake.js"
import { pad } from "../src/padding.js"
import { Account, counting, crypto, invite } from "./accounts.js"

const seed = 20_261_123

/** Raya with one introduction out, and Saro's invite for it. */
function scene(): { saro: Account; raya: Account; good: ReceiveInput; using: ReturnType<Account["introduce"]> } {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce()
  return { saro, raya, using, good: { kind: "receive", ...saro.carry(raya, using) } }
}

/** The step is refused with this code, changes nothing, and the next good payload still goes through. */
function refuses(raya: Account, input: ReceiveInput, good: ReceiveInput, code?: string): void {
  const before = structuredClone(raya.state)
  const outcome = raya.step(input)
  if (outcome.kind !== "refused") throw new Error(`not refused: ${outcome.kind}`)
  if (code !== undefined) expect(outcome.code).toBe(code)
  expect(raya.state).toEqual(before)
  expect(raya.peek(good).kind).toBe("next")
}

describe("IB1-17: refused, with the state unchanged and the next good invite accepted, is", () => {
  test("a payload of any other length", () => {
    const { raya, good } = scene()
    for (let length = 0; length < good.payload.length; length += length < 1300 ? 13 : 101)
      refuses(raya, { ...good, payload: good.payload.subarray(0, length) }, good, "PAYLOAD_BAD_LENGTH")
    for (const payload of [concat(good.payload, Uint8Array.of(0)), new Uint8Array(65_536), new Uint8Array(1_000_000)])
      refuses(raya, { ...good, payload }, good, "PAYLOAD_BAD_LENGTH")
  })

  test("a payload padded to the next length, or cut to a smaller one", () => {
    const { saro, raya, using, good } = scene()
    refuses(raya, { ...good, payload: concat(good.payload, new Uint8Array(2048)) }, good, "NOISE_NOT_AUTHENTIC")
    const long = saro.carry(raya, using, { ...invite, body: counting(2000) })
    refuses(raya, { ...good, payload: long.payload.subarray(0, 2048) }, good, "NOISE_NOT_AUTHENTIC")
  })

  test("a payload with any byte flipped", () => {
    const { raya, good } = scene()
    for (let i = 0; i < good.payload.length; i += i < 40 || (i > 1100 && i < 1230) ? 1 : 23) {
      const payload = good.payload.slice()
      payload[i] = (payload[i] as number) ^ (1 << (i % 8))
      const outcome = raya.peek({ ...good, payload })
      // X25519 ignores the highest bit of e; the transcript does not.
      expect(outcome).toEqual({ kind: "refused", code: "NOISE_NOT_AUTHENTIC" })
    }
    refuses(raya, { ...good, payload: good.payload.slice().fill(0, 0, 32) }, good, "NOISE_LOW_ORDER_KEY")
  })

  test("random bytes of each length on the wire", () => {
    const { raya, good } = scene()
    fc.assert(
      fc.property(fc.constantFrom(2048, 4096, 8192), fc.integer(), (length, start) => {
        const payload = Uint8Array.from({ length }, (_, i) => Math.imul(i + start, 2_654_435_761) >>> 24)
        refuses(raya, { ...good, payload }, good)
      }),
      { seed, numRuns: 50 },
    )
  })

  test("no hint, an unknown hint, another topic", () => {
    const { raya, good } = scene()
    const { hint, ...unhinted } = good
    expect(hint).toBeDefined()
    refuses(raya, unhinted, good, "HINT_UNKNOWN")
    for (const wrong of [empty, counting(16), counting(17)])
      refuses(raya, { ...good, hint: wrong as Hint }, good, "HINT_UNKNOWN")
    refuses(raya, { ...good, topic: new Account(9).topic }, good, "TOPIC_FOREIGN")
  })

  test("a payload for another introduction of the same owner (IB1-11)", () => {
    const { saro, raya, good } = scene()
    const other = saro.carry(raya, raya.introduce(undefined, counting(32, 90)))
    refuses(raya, { ...good, payload: other.payload }, good, "NOISE_NOT_AUTHENTIC")
    refuses(raya, { ...good, hint: other.hint }, good, "NOISE_NOT_AUTHENTIC")
  })
})

describe("IB1-11: moved elsewhere, a payload does not open", () => {
  const moved: readonly (readonly [string, Partial<Forgery>])[] = [
    ["inbox", { conversation: inboxConversationId(new Account(9).identity.participant, crypto) }],
    ["topic", { topic: new Account(9).topic }],
    ["introduction", { digest: counting(32, 201) }],
  ]
  test.each(moved)("to another %s", (_, changes) => {
    const { raya, good } = scene()
    refuses(raya, { ...good, payload: forged(raya, changes) }, good, "NOISE_NOT_AUTHENTIC")
  })
  test("and unmoved it does: the forger of these tests forges well", () => {
    const { raya } = scene()
    expect(raya.peek({ ...scene().good, payload: forged(raya, {}) }).kind).toBe("next")
  })
})

describe("IB1-14, IB1-15, IB1-17: a payload that opens is still refused for", () => {
  const { saro, raya } = { saro: new Account(1), raya: new Account(2) }
  const sender = saro.identity.signingPublicKey
  const frame = inboxFrames.encode(parcelFrame(invite))
  const padded = (...parts: Uint8Array[]): Uint8Array => pad(concat(...parts)) as Uint8Array
  const negated = raya.identity.signingPublicKey.slice()
  negated[31] = (negated[31] as number) ^ 128
  const plaintexts: readonly (readonly [string, Uint8Array, string])[] = [
    ["no padding", new Uint8Array(848).fill(1), "PADDING_BAD"],
    ["nothing but zeros", new Uint8Array(848), "PADDING_BAD"],
    ["a larger padding than needed", concat(padded(sender, frame), new Uint8Array(2048)), "PADDING_BAD"],
    ["no sender", padded(), "SENDER_MISMATCH"],
    ["half a sender", padded(sender.subarray(0, 31)), "SENDER_MISMATCH"],
    ["another sender", padded(new Account(3).identity.signingPublicKey, frame), "SENDER_MISMATCH"],
    ["a sender that is no key", padded(new Uint8Array(32), frame), "SENDER_MISMATCH"],
    ["no frame", padded(sender), "FRAME_EMPTY"],
    ["a truncated frame", padded(sender, frame.subarray(0, -1)), "FRAME_TRUNCATED"],
    ["bytes after the frame", padded(sender, frame, Uint8Array.of(1)), "FRAME_MALFORMED"],
    ["the frame twice", padded(sender, frame, frame), "FRAME_DUPLICATE_FIELD"],
    ["a frame in another encoding", padded(sender, Uint8Array.of(0x8a, 0x00), frame.subarray(1)), "FRAME_NOT_MINIMAL"],
    ["an undeclared field in the parcel", padded(sender, Uint8Array.of(0x0a, 2, 0x20, 1)), "FRAME_UNDECLARED_FIELD"],
    ["a parcel of no type", padded(sender, Uint8Array.of(0x0a, 2, 0x10, 3)), "PARCEL_BAD"],
    ["a parcel of no kind", padded(sender, Uint8Array.of(0x0a, 11, 0x0a, 9), utf8("PrivateV1")), "PARCEL_BAD"],
    [
      "a parcel of an unknown kind",
      padded(sender, Uint8Array.of(0x0a, 13, 0x0a, 9), utf8("PrivateV1"), Uint8Array.of(0x10, 4)),
      "PARCEL_BAD",
    ],
    ["a type that is no identifier", padded(sender, Uint8Array.of(0x0a, 5, 0x0a, 1, 0x78, 0x10, 3)), "PARCEL_BAD"],
  ]
  test.each(plaintexts)("%s", (_, plaintext, code) => {
    const { raya, good } = scene()
    refuses(raya, { ...good, payload: forged(raya, { plaintext }) }, good, code)
  })

  test("a body longer than 64,000 bytes", () => {
    const { raya, good } = scene()
    const frame = inboxFrames.encode(parcelFrame({ ...invite, body: new Uint8Array(64_001) }))
    refuses(raya, { ...good, payload: forged(raya, { plaintext: padded(sender, frame) }) }, good, "PARCEL_BAD")
  })

  test("the owner's own key, and its negation", () => {
    const { raya, good } = scene()
    for (const own of [raya.identity.signingPublicKey, negated]) {
      const payload = forged(raya, { plaintext: padded(own, frame), sender: raya })
      refuses(raya, { ...good, payload }, good, "SENDER_MISMATCH")
    }
  })

  test("any plaintext whatever: there is no exception, and only a canonical parcel is handed over", () => {
    const { raya, good } = scene()
    const mutated = fc.tuple(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
      const bytes = frame.slice()
      bytes[at] = (bytes[at] as number) ^ mask
      return bytes
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const outcome = raya.peek({ ...good, payload: forged(raya, { plaintext: padded(sender, bytes) }) })
        if (outcome.kind !== "next") return
        const [effect] = outcome.effects
        if (effect?.kind === "handover") expect(inboxFrames.encode(parcelFrame(effect.parcel))).toEqual(bytes)
        else expect(effect?.kind).toBe("unknown-frame")
      }),
      { seed, numRuns: 300 },
    )
  })
})

test("IB1-16: a frame that this version does not know is authenticated, surfaces, and uses up the introduction", () => {
  const { saro, raya, good } = scene()
  const plaintext = pad(concat(saro.identity.signingPublicKey, Uint8Array.of(0x12, 0))) as Uint8Array
  const payload = forged(raya, { plaintext })
  const { effects } = raya.accepted({ ...good, payload })
  expect(effects[0]).toEqual({ kind: "unknown-frame", from: saro.identity.participant, tag: 2 })
  expect(raya.step({ ...good, payload })).toEqual({ kind: "refused", code: "INVITE_DUPLICATE" })
  expect(raya.step(good)).toEqual({ kind: "refused", code: "INTRODUCTION_CONSUMED" })
})

test("IB1-20: the thief of the recipient's identity key opens nothing without the single-use keys, and poses as nobody", () => {
  const { saro, raya, good } = scene()
  const before = structuredClone(raya.state)
  raya.accepted(good)
  expect(raya.state.introductions.size).toBe(0)
  const [[hint, row]] = [...before.introductions] as [
    [string, (typeof before)["introductions"] extends ReadonlyMap<string, infer R> ? R : never],
  ]
  const guess = { ...row, agreementSeed: counting(32, 60), kemSeed: row.kemSeed }
  const kemGuess = { ...row, kemSeed: counting(64, 60) }
  for (const wrong of [guess, kemGuess]) {
    raya.state = { ...before, introductions: new Map([[hint, wrong]]) }
    expect(raya.peek(good)).toEqual({ kind: "refused", code: "NOISE_NOT_AUTHENTIC" })
  }
  raya.state = before
  const posing = forged(raya, {
    plaintext: pad(concat(saro.identity.signingPublicKey, inboxFrames.encode(parcelFrame(invite)))) as Uint8Array,
    sender: new Account(3),
  })
  expect(raya.peek({ ...good, payload: posing })).toEqual({ kind: "refused", code: "SENDER_MISMATCH" })
})

test("the machine reads its input and state, and writes to neither", () => {
  const { raya, good } = scene()
  const payload = good.payload.slice()
  const before = structuredClone(raya.state)
  raya.peek(good)
  expect(good.payload).toEqual(payload)
  expect(raya.state).toEqual(before)
})

interface Forgery {
  readonly conversation: ConversationContext["conversation"]
  readonly topic: ReceiveInput["topic"]
  readonly digest: Uint8Array
  readonly plaintext: Uint8Array
  readonly sender: Account
}

/** A payload for Raya's introduction by someone who holds it and keeps to no rule. */
function forged(raya: Account, changes: Partial<Forgery>): Uint8Array {
  const sender = changes.sender ?? new Account(1)
  const [row] = [...raya.state.introductions.values()]
  if (row === undefined) throw new Error("no introduction is out")
  const owner: Participant = participantFromKey(raya.identity.signingPublicKey)
  const topic = changes.topic ?? raya.topic
  const handshake = new NoiseHandshake({
    pattern: inboxPattern,
    role: "initiator",
    crypto,
    random: (bytes) => counting(bytes, 123),
    prologue: inboxPrologue(
      changes.conversation ?? inboxConversationId(owner, crypto),
      topic,
      changes.digest ?? row.introductionDigest,
    ),
    local: { static: { publicKey: sender.identity.agreementPublicKey, agree: (key) => sender.identity.agree(key) } },
    remote: {
      ephemeral: crypto.agreementKeyPair(row.agreementSeed).publicKey,
      kem: crypto.kemKeyPair(row.kemSeed).publicKey,
      static: raya.identity.agreementPublicKey,
    },
  })
  const plaintext =
    changes.plaintext ??
    (pad(concat(sender.identity.signingPublicKey, inboxFrames.encode(parcelFrame(invite)))) as Uint8Array)
  const written = handshake.write(plaintext)
  if (written.kind !== "message") throw new Error(written.code)
  return written.message
}

import { readFileSync } from "node:fs"
import { type Codec, codeOf, concat, fromHex, lengthPrefixed, toHex, type TypeId, utf8 } from "@colloquy/core"
import { InboxV1, inboxConversationId } from "@colloquy/conversation-inbox"
import { identityFromSeed, NoiseHandshake } from "@colloquy/crypto"
import { describe, expect, test } from "vitest"
import { inboxFrames, parcelFrame } from "../src/frames.js"
import { inboxHint, inboxPattern, inboxPrologue } from "../src/handshake.js"
import { pad } from "../src/padding.js"
import { inboxState } from "../src/state.js"
import { Account, counting, crypto } from "./accounts.js"

/**
 * The test vectors of specs/inbox-v1.md. To print them anew: PRINT_VECTORS=1 npx vitest run packages/conversation-inbox/test/vectors.test.ts
 */
interface Vector {
  readonly senderSeed: string
  readonly recipientSeed: string
  readonly agreementSeed: string
  readonly kemSeed: string
  readonly introductionDigest: string
  readonly ephemeralSeed: string
  readonly encapsulationRandom: string
  readonly parcel: { readonly type: string; readonly kind: "offer" | "offer-request" | "invite"; readonly body: string }
  readonly offer: string
  readonly inboxTopic: string
  readonly conversationId: string
  readonly hint: string
  readonly prologue: string
  readonly frame: string
  readonly plaintext: string
  readonly payload: string
}

type Inputs = Omit<
  Vector,
  "offer" | "inboxTopic" | "conversationId" | "hint" | "prologue" | "frame" | "plaintext" | "payload"
>

interface Vectors {
  readonly origin: string
  readonly payloads: readonly Vector[]
  readonly state: Readonly<
    Record<"offers" | "introductions" | "consumed" | "sent", { readonly version: number; readonly row: string }>
  >
}

const inputs: readonly Inputs[] = [
  { type: "PrivateV1", kind: "invite", body: toHex(utf8("hello")) } as const,
  { type: "GroupV1", kind: "offer", body: toHex(counting(900)) } as const,
].map((parcel, i) => ({
  senderSeed: toHex(counting(32, 1 + i)),
  recipientSeed: toHex(counting(32, 33 + i)),
  agreementSeed: toHex(counting(32, 65 + i)),
  kemSeed: toHex(counting(64, 97 + i)),
  introductionDigest: toHex(counting(32, 161 + i)),
  ephemeralSeed: toHex(counting(32, 193 + i)),
  encapsulationRandom: toHex(counting(32, 225 + i)),
  parcel,
}))

const rows = {
  offers: { expiresAtMs: 1_700_000_000_000, agreementSeed: counting(32), kemSeed: counting(64, 32) },
  introductions: {
    expiresAtMs: 1_700_000_000_001,
    agreementSeed: counting(32),
    kemSeed: counting(64, 32),
    introductionDigest: counting(32, 96),
  },
  consumed: { expiresAtMs: 1_700_000_000_002, payloadDigest: counting(32, 128) },
  sent: {
    expiresAtMs: 1_700_000_000_003,
    againAtMs: 1_700_000_000_001,
    times: 2,
    parcelDigest: counting(32, 160),
    topic: new Account(2).topic,
    payload: counting(40, 192),
  },
} as const

const names = ["offers", "introductions", "consumed", "sent"] as const
const codecs = Object.fromEntries(names.map((name) => [name, inboxState[name].codec])) as Record<
  (typeof names)[number],
  Codec<unknown>
>

function computed(): Vectors {
  return {
    origin:
      "printed by packages/conversation-inbox/test/vectors.test.ts; specs/inbox-v1.md, Test vectors. All bytes in hexadecimal",
    payloads: inputs.map(vector),
    state: Object.fromEntries(
      names.map((name) => [name, { version: codecs[name].version, row: toHex(codecs[name].encode(rows[name])) }]),
    ) as Vectors["state"],
  }
}

if (process.env["PRINT_VECTORS"] !== undefined) process.stdout.write(`${JSON.stringify(computed(), undefined, 2)}\n`)

const published = JSON.parse(readFileSync(new URL("inbox-v1-vectors.json", import.meta.url), "utf8")) as Vectors

test("IB1-10, IB1-11, IB1-13: the published vectors are what the code computes, step by step", () => {
  expect(computed()).toEqual(published)
})

describe.each(published.payloads.map((vector, i) => [i, vector] as const))("published payload %i", (_, vector) => {
  test("IB1-16: opens in the inbox that the vector describes", () => {
    const raya = new Account(2)
    const identity = identityFromSeed(crypto, bytes(vector.recipientSeed))
    const sender = identityFromSeed(crypto, bytes(vector.senderSeed))
    const draws = [bytes(vector.agreementSeed), bytes(vector.kemSeed)]
    const self = {
      participant: identity.participant,
      inboxTopic: vector.inboxTopic as typeof raya.topic,
      sign: () => new Uint8Array(64),
      agree: (key: Uint8Array) => identity.agree(key),
    }
    const conversation = inboxConversationId(identity.participant, crypto)
    Object.defineProperties(raya.context, {
      self: { value: self },
      conversation: { value: conversation },
      random: { value: () => draws.shift() },
    })
    const expiresAtMs = raya.nowMs + 1000
    const offer = raya.offer(expiresAtMs)
    expect(toHex(offer)).toBe(vector.offer)
    raya.accepted({ kind: "introduced", offer, introductionDigest: bytes(vector.introductionDigest), expiresAtMs })
    const { effects } = raya.accepted({
      kind: "receive",
      topic: self.inboxTopic,
      hint: bytes(vector.hint) as ReturnType<typeof inboxHint>,
      payload: bytes(vector.payload),
    })
    const parcel = { ...vector.parcel, body: bytes(vector.parcel.body) }
    expect(effects[0]).toEqual({ kind: "handover", from: sender.participant, parcel })
  })
})

describe("stored rows of version 1 are still read", () => {
  test.each(names)("%s", (name) => {
    const { version, row } = published.state[name]
    expect(codecs[name].decode(bytes(row), version)).toEqual(rows[name])
  })
  test.each(names)("%s: damage and newer versions throw", (name) => {
    const row = bytes(published.state[name].row)
    const codeFor = (encoded: Uint8Array, version: number): string | undefined => {
      try {
        codecs[name].decode(encoded, version)
        return undefined
      } catch (error) {
        return codeOf(error)
      }
    }
    for (let length = 0; length < row.length; length++)
      expect(codeFor(row.subarray(0, length), 1)).toBe("STATE_DAMAGED")
    expect(codeFor(concat(row, Uint8Array.of(0)), 1)).toBe("STATE_DAMAGED")
    expect(codeFor(row, 2)).toBe("STATE_DAMAGED")
  })
})

function bytes(text: string): Uint8Array {
  return fromHex(text) as Uint8Array
}

function vector(given: Inputs): Vector {
  const sender = identityFromSeed(crypto, bytes(given.senderSeed))
  const recipient = identityFromSeed(crypto, bytes(given.recipientSeed))
  const ephemeral = crypto.agreementKeyPair(bytes(given.agreementSeed)).publicKey
  const kem = crypto.kemKeyPair(bytes(given.kemSeed)).publicKey
  const digest = bytes(given.introductionDigest)
  const conversation = InboxV1.declaration.conversationIds.make(
    InboxV1.name,
    { from: "participants", participants: [recipient.participant], discriminator: new Uint8Array(0) },
    crypto,
  )
  const topic = (
    InboxV1.declaration.contentTopics as unknown as { of(p: string, c: typeof crypto): Account["topic"] }
  ).of(recipient.participant, crypto)
  const prologue = inboxPrologue(conversation, topic, digest)
  expect(prologue).toEqual(concat(lengthPrefixed("colloquy/InboxV1/1", conversation, topic), digest))
  const frame = inboxFrames.encode(
    parcelFrame({ ...given.parcel, type: given.parcel.type as TypeId, body: bytes(given.parcel.body) }),
  )
  const plaintext = concat(sender.signingPublicKey, frame)
  const draws = [bytes(given.ephemeralSeed), bytes(given.encapsulationRandom)]
  const handshake = new NoiseHandshake({
    pattern: inboxPattern,
    role: "initiator",
    crypto,
    random: () => draws.shift() as Uint8Array,
    prologue,
    local: { static: { publicKey: sender.agreementPublicKey, agree: (key) => sender.agree(key) } },
    remote: { ephemeral, kem, static: recipient.agreementPublicKey },
  })
  const written = handshake.write(pad(plaintext) as Uint8Array)
  if (written.kind !== "message") throw new Error(written.code)
  return {
    ...given,
    offer: toHex(concat(ephemeral, kem)),
    inboxTopic: topic,
    conversationId: conversation,
    hint: toHex(inboxHint(digest, crypto)),
    prologue: toHex(prologue),
    frame: toHex(frame),
    plaintext: toHex(plaintext),
    payload: toHex(written.message),
  }
}

import { loadCrypto } from "@colloquy/crypto"
import {
  concat,
  fromBase64url,
  fromHex,
  inboxTopics,
  participantFromKey,
  toBase64url,
  toHex,
  type Topic,
  type TypeId,
  utf8,
} from "@colloquy/core"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { encodeBody, signedIntroductions } from "./introduction-body.js"
import {
  decodeIntroduction,
  decodeIntroductionBytes,
  encodeIntroduction,
  introductionAgeMaxMs,
  introductionBytesMax,
  type IntroductionOffer,
  introductionSkewMaxMs,
  introductionTextMax,
  type IntroductionTerms,
} from "./introduction.js"

interface Vectors {
  readonly valid: readonly {
    readonly name: string
    readonly seed: string
    readonly identity: string
    readonly inboxTopic: string
    readonly createdAtMs: number
    readonly expiresAtMs: number
    readonly uses: number
    readonly offers: readonly { readonly type: string; readonly body: string }[]
    readonly body: string
    readonly signature: string
    readonly digest: string
    readonly text: string
  }[]
  readonly refused: readonly {
    readonly name: string
    readonly nowMs: number
    readonly code: string
    readonly text: string
  }[]
}

const vectors = JSON.parse(
  readFileSync(new URL("../../test/vectors/introduction.json", import.meta.url), "utf8"),
) as Vectors
const crypto = await loadCrypto()
const hex = (digits: string): Uint8Array => fromHex(digits) as Uint8Array
const nowMs = 1_790_000_000_000
const raya = crypto.signingKeyPair(new Uint8Array(32).fill(1))
const participant = participantFromKey(raya.publicKey)
const offer = (type: string, length = 40): IntroductionOffer => ({
  type: type as TypeId,
  body: new Uint8Array(length).fill(5),
})
const terms: IntroductionTerms = {
  participant,
  inboxTopic: inboxTopics.of(participant, crypto),
  createdAtMs: nowMs,
  expiresAtMs: nowMs + 1000,
  uses: 1,
  offers: [offer("InboxV1", 1216), offer("PrivateV1")],
}
const sign = (message: Uint8Array): Uint8Array => crypto.sign(raya.secretKey, message)
const { text, digest } = encodeIntroduction(terms, sign, crypto)
const prefix = "colloquy_intro_1_"

describe("an introduction", () => {
  it.each(vectors.valid)("INT-1: is written and read as in the vector: $name", (vector) => {
    const pair = crypto.signingKeyPair(hex(vector.seed))
    const owner = participantFromKey(pair.publicKey)
    const { createdAtMs, expiresAtMs, uses } = vector
    const offers = vector.offers.map(({ type, body }) => ({ type: type as TypeId, body: hex(body) }))
    const made: IntroductionTerms = {
      participant: owner,
      inboxTopic: vector.inboxTopic as Topic,
      createdAtMs,
      expiresAtMs,
      uses,
      offers,
    }
    expect(toHex(pair.publicKey)).toBe(vector.identity)
    expect(toHex(encodeBody(made))).toBe(vector.body)
    const encoded = encodeIntroduction(made, (message) => crypto.sign(pair.secretKey, message), crypto)
    expect(encoded).toMatchObject({ text: vector.text, digest: hex(vector.digest) })
    expect(decodeIntroductionBytes(encoded.bytes, crypto, createdAtMs)).toMatchObject({ kind: "introduction" })
    expect(decodeIntroduction(vector.text, crypto, createdAtMs)).toEqual({
      kind: "introduction",
      introduction: { ...made, digest: hex(vector.digest) },
    })
  })

  it.each(vectors.refused)("INT-2: is refused as in the vector: $name", (vector) => {
    expect(codeOf(decodeIntroduction(vector.text, crypto, vector.nowMs))).toBe(vector.code)
  })

  it("INT-1: is read with white space around it, and as a link", () => {
    const forms = [text, `  ${text}\r\n`, `colloquy:${text}`, `\tCOLLOQUY:${text} `]
    for (const form of forms)
      expect(decodeIntroduction(form, crypto, nowMs)).toEqual({
        kind: "introduction",
        introduction: { ...terms, digest },
      })
    expect(codeOf(decodeIntroduction(`colloquy: ${text}`, crypto, nowMs))).toBe("INTRODUCTION_MALFORMED")
    expect(codeOf(decodeIntroduction(`${text.slice(0, 90)}\n${text.slice(90)}`, crypto, nowMs))).toBe(
      "INTRODUCTION_MALFORMED",
    )
  })

  it("INT-2: is truncated at every length but none", () => {
    for (let length = 1; length < text.length; length++)
      expect([length, codeOf(decodeIntroduction(text.slice(0, length), crypto, nowMs))]).toEqual([
        length,
        "INTRODUCTION_TRUNCATED",
      ])
    expect(codeOf(decodeIntroduction("", crypto, nowMs))).toBe("INTRODUCTION_MALFORMED")
    expect(codeOf(decodeIntroduction("colloquy:", crypto, nowMs))).toBe("INTRODUCTION_TRUNCATED")
  })

  it("INT-2: is refused with any bit of it flipped, and never expired or of another version", () => {
    const bytes = fromBase64url(text.slice(prefix.length)) as Uint8Array
    const codes = new Set<string>()
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      codes.add(codeOf(decodeIntroduction(prefix + toBase64url(flipped), crypto, nowMs)))
    }
    expect([...codes].sort()).toEqual(["INTRODUCTION_FORGED", "INTRODUCTION_MALFORMED", "INTRODUCTION_TRUNCATED"])
  })

  it("INT-2: is refused with any character of it changed", () => {
    for (let at = 0; at < text.length; at += 3)
      for (const letter of ["A", "-", "=", "é", " "]) {
        const changed = text.slice(0, at) + letter + text.slice(at + 1)
        if (changed !== text && changed.trim() !== text)
          expect(decodeIntroduction(changed, crypto, nowMs).kind).toBe("refused")
      }
  })

  it("INT-3: is expired from its last millisecond on", () => {
    expect(decodeIntroduction(text, crypto, terms.expiresAtMs - 1).kind).toBe("introduction")
    expect(codeOf(decodeIntroduction(text, crypto, terms.expiresAtMs))).toBe("INTRODUCTION_EXPIRED")
  })

  it("INT-3: is early when it was made more than a day from now", () => {
    expect(decodeIntroduction(text, crypto, nowMs - introductionSkewMaxMs).kind).toBe("introduction")
    expect(codeOf(decodeIntroduction(text, crypto, nowMs - introductionSkewMaxMs - 1))).toBe("INTRODUCTION_EARLY")
  })

  it("INT-4: of another version says so", () => {
    for (const other of ["colloquy_intro_2_", "colloquy_intro_0_", "colloquy_intro_10_", "colloquy:colloquy_intro_2_"])
      expect(codeOf(decodeIntroduction(other + text.slice(prefix.length), crypto, nowMs))).toBe("INTRODUCTION_VERSION")
    expect(codeOf(decodeIntroduction("hello", crypto, nowMs))).toBe("INTRODUCTION_MALFORMED")
  })

  it("INT-5: is too long before anything of it is decoded", () => {
    expect(codeOf(decodeIntroduction(" ".repeat(introductionTextMax + 1), crypto, nowMs))).toBe("INTRODUCTION_TOO_LONG")
    const bytes = new Uint8Array(introductionBytesMax + 1)
    expect(codeOf(decodeIntroduction(prefix + toBase64url(bytes), crypto, nowMs))).toBe("INTRODUCTION_TOO_LONG")
  })

  it("INT-6: is forged when another key signed it, another text was signed, or the label is missing", () => {
    const saro = crypto.signingKeyPair(new Uint8Array(32).fill(2))
    const label = utf8("colloquy/introduction/1\0")
    expect(signed(terms, (body) => crypto.sign(saro.secretKey, concat(label, body)))).toBe("INTRODUCTION_FORGED")
    expect(signed(terms, () => crypto.sign(raya.secretKey, label))).toBe("INTRODUCTION_FORGED")
    expect(signed(terms, (body) => crypto.sign(raya.secretKey, body))).toBe("INTRODUCTION_FORGED")
    expect(signed(terms, (body) => crypto.sign(raya.secretKey, concat(label, body)))).toBe("introduction")
    expect(signed(terms, (body) => crypto.sign(raya.secretKey, concat(label, body)).subarray(0, 63))).toBe(
      "INTRODUCTION_MALFORMED",
    )
  })

  it("INT-6: of an identity of low order is not accepted", () => {
    const low = participantFromKey(new Uint8Array(32).fill(0, 1).fill(1, 0, 1))
    const forged = { ...terms, participant: low, inboxTopic: inboxTopics.of(low, crypto) }
    expect(signed(forged, () => concat(new Uint8Array(32).fill(1, 0, 1), new Uint8Array(32)))).toBe(
      "INTRODUCTION_FORGED",
    )
  })

  const otherBucket = inboxTopics.of(participantFromKey(new Uint8Array(32).fill(9)), crypto)
  it.each<[string, Partial<IntroductionTerms>]>([
    ["the topic of another's bucket", { inboxTopic: otherBucket }],
    ["a topic that is no bucket", { inboxTopic: "/colloquy/1/inbox-zz/proto" as Topic }],
    ["a topic that is none", { inboxTopic: "inbox" as Topic }],
    ["an end before its beginning", { expiresAtMs: nowMs }],
    ["more than 90 days", { expiresAtMs: nowMs + introductionAgeMaxMs + 1 }],
    ["times past 2^53", { createdAtMs: 2 ** 53, expiresAtMs: 2 ** 53 + 2 }],
    ["no use", { uses: 0 }],
    ["65,536 uses", { uses: 65_536 }],
    ["17 offers", { offers: Array.from({ length: 17 }, (_, i) => offer(`PrivateV${i + 1}`)) }],
    ["an offer of 4,097 bytes", { offers: [offer("PrivateV1", 4097)] }],
    ["two offers for one type", { offers: [offer("PrivateV1"), offer("PrivateV1")] }],
    ["an offer for no type", { offers: [offer("private")] }],
  ])("INT-7: with %s is neither made nor accepted", (_, change) => {
    const bad = { ...terms, ...change }
    expect(() => encodeIntroduction(bad, sign, crypto)).toThrow(expect.objectContaining({ code: "BAD_INTRODUCTION" }))
    expect(signed(bad, (body) => sign(concat(utf8("colloquy/introduction/1\0"), body)))).toBe("INTRODUCTION_MALFORMED")
  })

  it("INT-7: holds the most that it may", () => {
    const offers = Array.from({ length: 16 }, (_, i) => offer(`L${"o".repeat(47)}V${900_000 + i}`, 4096))
    const most = { ...terms, expiresAtMs: nowMs + introductionAgeMaxMs, uses: 65_535, offers }
    const made = encodeIntroduction(most, sign, crypto)
    expect(made.text.length).toBeLessThan(introductionTextMax)
    expect(decodeIntroduction(made.text, crypto, nowMs)).toMatchObject({ kind: "introduction", introduction: most })
    expect(
      decodeIntroduction(encodeIntroduction({ ...terms, offers: [] }, sign, crypto).text, crypto, nowMs).kind,
    ).toBe("introduction")
  })
})

function codeOf(decoded: ReturnType<typeof decodeIntroduction>): string {
  return decoded.kind === "refused" ? decoded.code : decoded.kind
}

/** What becomes of terms that nobody checked before they were signed. */
function signed(unchecked: IntroductionTerms, signBody: (body: Uint8Array) => Uint8Array): string {
  const body = encodeBody(unchecked)
  const bytes = signedIntroductions.encode({
    $typeName: "colloquy.introduction.v1.SignedIntroduction",
    body,
    signature: signBody(body),
  })
  return codeOf(decodeIntroduction(prefix + toBase64url(bytes), crypto, nowMs))
}

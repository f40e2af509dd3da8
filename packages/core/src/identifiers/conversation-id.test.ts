import { loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { be64, compareBytes, concat, fromHex, lengthPrefixed, toHex, utf8 } from "../bytes.js"
import { codeOf } from "../errors.js"
import {
  conversationIdBytes,
  type ConversationIdPolicy,
  type IdMaterial,
  idsAtRandom,
  idsFromParticipants,
  idsFromSecret,
  parseConversationId,
} from "./conversation-id.js"
import { type Participant, participantFromKey, participantKey } from "./participant.js"

const crypto = await loadCrypto()
const type = { name: "private", version: 1 }
const person = (seed: number): Participant => participantFromKey(crypto.hash(be64(seed), 32))
const [saro, raya, pax] = [person(1), person(2), person(3)]

describe("a conversation id", () => {
  it("CT-13: 100,000 secrets, and 100,000 discriminators of the same people, give distinct ids that parse", () => {
    const ids = new Set<string>()
    const bySecret = idsFromSecret()
    const byPeople = idsFromParticipants()
    for (let i = 0; i < 100_000; i++) {
      const secret = concat(be64(i), new Uint8Array(24))
      const discriminator = concat(be64(i), new Uint8Array(8))
      const id = bySecret.make(type, { from: "secret", secret }, crypto)
      ids.add(id)
      ids.add(byPeople.make(type, { from: "participants", participants: [saro, raya], discriminator }, crypto))
      if (parseConversationId(id)?.type !== "PrivateV1") throw new Error(id)
    }
    expect(ids.size).toBe(200_000)
  })

  it("CT-13: differs between types and versions for the same secret", () => {
    const material: IdMaterial = { from: "secret", secret: new Uint8Array(32) }
    const types = [type, { name: "private", version: 2 }, { name: "group", version: 1 }]
    const idents = types.map((one) => idsFromSecret().make(one, material, crypto).split("/").at(-1))
    expect(new Set(idents).size).toBe(3)
  })

  it("CT-5: is made from a secret, and from participants, as the documents say", () => {
    const secret = new Uint8Array(32).fill(7)
    const label = "colloquy/conversation-id/1"
    const fromSecret = toHex(crypto.hash(lengthPrefixed(label, "PrivateV1", "secret"), 16, secret))
    expect(idsFromSecret().make(type, { from: "secret", secret }, crypto)).toBe(`/private/1/${fromSecret}`)
    const discriminator = new Uint8Array(16).fill(9)
    const keys = [saro, raya].map(participantKey).sort(compareBytes)
    const fromPeople = toHex(
      crypto.hash(lengthPrefixed(label, "PrivateV1", "participants", ...keys, discriminator), 16),
    )
    const participants = [raya, saro]
    expect(idsFromParticipants().make(type, { from: "participants", participants, discriminator }, crypto)).toBe(
      `/private/1/${fromPeople}`,
    )
    const random = fromHex("000102030405060708090a0b0c0d0e0f") as Uint8Array
    expect(idsAtRandom().make(type, { from: "random", random }, crypto)).toBe(`/private/1/${toHex(random)}`)
  })

  it("CT-5: does not depend on the order of the participants, and on nothing else of them", () => {
    const make = (participants: readonly Participant[], discriminator: Uint8Array = new Uint8Array(16)): string =>
      idsFromParticipants().make(type, { from: "participants", participants, discriminator }, crypto)
    expect(make([pax, saro, raya])).toBe(make([raya, pax, saro]))
    const others = [
      make([saro, raya]),
      make([saro]),
      make([saro, raya], participantKey(pax)),
      make([saro, raya, pax], new Uint8Array(0)),
    ]
    expect(new Set([make([saro, raya, pax]), ...others]).size).toBe(5)
  })

  it.each<[string, ConversationIdPolicy, IdMaterial]>([
    ["a secret of 31 bytes", idsFromSecret(), { from: "secret", secret: new Uint8Array(31) }],
    ["a secret of 65 bytes", idsFromSecret(), { from: "secret", secret: new Uint8Array(65) }],
    ["randomness for a secret", idsFromSecret(), { from: "random", random: new Uint8Array(16) }],
    ["a secret for randomness", idsAtRandom(), { from: "secret", secret: new Uint8Array(32) }],
    ["15 random bytes", idsAtRandom(), { from: "random", random: new Uint8Array(15) }],
    [
      "no participant",
      idsFromParticipants(),
      { from: "participants", participants: [], discriminator: new Uint8Array(16) },
    ],
    [
      "one twice",
      idsFromParticipants(),
      { from: "participants", participants: [saro, saro], discriminator: new Uint8Array(16) },
    ],
    [
      "a short discriminator",
      idsFromParticipants(),
      { from: "participants", participants: [saro], discriminator: new Uint8Array(15) },
    ],
  ])("CT-5: is not made from %s", (_, policy, material) => {
    expect(codeOf(thrown(() => policy.make(type, material, crypto)))).toBe("BAD_ID_MATERIAL")
  })

  it("CT-13: has one form, which parsing and printing keep", () => {
    const id = `/reading-circle/12/${"0f".repeat(16)}`
    expect(parseConversationId(id)).toEqual({
      id,
      name: "reading-circle",
      version: 12,
      type: "ReadingCircleV12",
      ident: "0f".repeat(16),
    })
    const pieces = fc.constantFrom("/", "a", "private", "-", "1", "01", "0f".repeat(16), "0F", "v1", " ", "\n")
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
        const parsed = parseConversationId(parts.join(""))
        if (parsed !== undefined) expect(`/${parsed.name}/${parsed.version}/${parsed.ident}`).toBe(parts.join(""))
      }),
      { seed: 1, numRuns: 5000 },
    )
  })

  const ident = "0f".repeat(16)
  it.each([
    "",
    `private/1/${ident}`,
    `/private/0/${ident}`,
    `/private/01/${ident}`,
    `/Private/1/${ident}`,
    `/private/1/${ident}0`,
    `/private/1/${ident.toUpperCase()}`,
    `/private/1/${ident}\n`,
    `/private/1/${ident}/`,
    `/a-v1/1/${ident}`,
    `/-a/1/${ident}`,
    `/private/1000000/${ident}`,
    `//1/${ident}`,
  ])("CT-13: %j is none", (text) => {
    expect(parseConversationId(text)).toBeUndefined()
  })

  it("is hashed as its text", () => {
    const id = idsAtRandom().make(type, { from: "random", random: new Uint8Array(16) }, crypto)
    expect(conversationIdBytes(id)).toEqual(utf8(`/private/1/${"00".repeat(16)}`))
  })
})

function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

import { BoardV1 } from "../../../../examples/src/index.js"
import { InboxV1, PrivateV1 } from "colloquy"
import {
  type AnyConversationType,
  type GuaranteeName,
  guaranteeNames,
  le32,
  participantKey,
  type TypeId,
} from "@colloquy/core"
import { describe, expect, test } from "vitest"
import { guaranteeAttacks } from "../../src/conformance/attacks/guarantee-attacks.js"
import type { ConversationTypeFixture } from "../../src/conformance/fixture.js"
import { builtInFixtures } from "../../src/conformance/fixtures/built-in-fixtures.js"
import { LetterV1 } from "../../src/conformance/fixtures/letter-v1.js"
import type { Subject } from "../../src/laboratory/laboratory.js"
import { circleType } from "../support/broken/circle-v1.js"
import { type Flaw, flaws } from "../support/broken/flaws.js"
import { sampleLengths } from "../support/broken/sample-keys.js"
import { sampleType } from "../support/broken/sample-type.js"
import { afterStep, hoarding, over, standingStill } from "../support/broken/wrapped-types.js"
import { attack, findings } from "./run.js"

const dayMs = 24 * 3_600_000
const sample = { beside: [InboxV1], payloadLengths: sampleLengths, lostKeysKeptMs: 8 * dayMs }
const circle = { beside: [InboxV1], participants: 3 }
const board = { beside: [InboxV1] }
/** A letter is an invite and nothing else. */
const letter: ConversationTypeFixture = {
  beside: [InboxV1],
  establish: async (_, [saro, raya]) =>
    (saro as Subject).start(LetterV1.id, [await (raya as Subject).introduce()], new Uint8Array(1)),
  async say(from, _, content) {
    const [other] = from.laboratory.subjects.filter(({ name }) => name !== from.name)
    await from.start(LetterV1.id, [await (other as Subject).introduce()], content)
  },
}

/** The attacks that found something. */
const caughtBy = new Set<string>()

describe("a sound type", () => {
  for (const guarantee of guaranteeNames)
    test(`holds its ${guarantee}, and every attack tries something`, async () => {
      const results = await attack(sampleType(), sample, guarantee)
      expect(results.size).toBeGreaterThan(0)
      for (const [id, result] of results) {
        expect({ id, ...result }).toMatchObject({ id, verdict: "held" })
        if (result.verdict === "held") expect(result.tries).toBeGreaterThan(0)
      }
    })

  test("holds its sender-authentication among three", async () => {
    expect(findings(await attack(circleType({ signs: true }), circle, "sender-authentication"))).toEqual({})
  })

  test("whose keys no record shows is not judged by it", async () => {
    const results = await attack(sampleType("own-derivation"), sample, "forward-secrecy")
    expect(results.get("forward-secrecy.stolen-state")).toMatchObject({ verdict: "not-applicable" })
    expect(findings(results)).toEqual({})
  })
})

describe("a type with one flaw is caught", () => {
  for (const [flaw, [guarantee, what]] of Object.entries(flaws))
    test(`${guarantee}: ${what}`, () => caught(flaw, sampleType(flaw as Flaw), sample, guarantee))

  test("sender-authentication: several share a key, and nothing else", () =>
    caught("circle", circleType({ signs: false }), circle, "sender-authentication"))

  test("confidentiality: all conversations have one key", () =>
    caught("one key", circleType({ signs: true, everybody: true }), circle, "confidentiality"))

  test("replay-protection: an invite begins a conversation whenever it comes", () =>
    caught("letter", LetterV1, letter, "replay-protection"))
})

const privateType: AnyConversationType = PrivateV1
const inboxType: AnyConversationType = InboxV1
const privateFixture = fixtureOf(privateType)
const inboxFixture = fixtureOf(inboxType)

describe("a change to a built-in type is caught", () => {
  const cases: readonly (readonly [GuaranteeName, string, AnyConversationType, ConversationTypeFixture])[] = [
    ["forward-secrecy", "PrivateV1 keeps what it should overwrite", hoarding(privateType), privateFixture],
    ["forward-secrecy", "InboxV1 keeps what it should overwrite", hoarding(inboxType), inboxFixture],
    ["forward-secrecy", "BoardV1 keeps what it should overwrite", hoarding(BoardV1), board],
    ["replay-protection", "PrivateV1 does not move on", standingStill(privateType), privateFixture],
    ["replay-protection", "InboxV1 does not use introductions up", standingStill(inboxType), inboxFixture],
    [
      "unlinkability",
      "InboxV1 publishes again what it does not except",
      inboxType,
      { ...inboxFixture, republishes: false },
    ],
    [
      "post-compromise-security",
      "PrivateV1 draws the same key pair again and again",
      over(privateType, ({ crypto, random, self }) => ({
        random: (bytes) => (bytes === 32 ? crypto.hash(participantKey(self.participant), 32) : random(bytes)),
      })),
      privateFixture,
    ],
    [
      "post-quantum-confidentiality",
      "InboxV1's KEM gives everybody its secret",
      over(inboxType, ({ crypto }) => ({
        crypto: {
          kemEncapsulate(publicKey, random) {
            const encapsulated = crypto.kemEncapsulate(publicKey, random)
            return encapsulated && { ...encapsulated, secret: crypto.hash(encapsulated.ciphertext, 32) }
          },
          kemDecapsulate: (_, ciphertext) => crypto.hash(ciphertext, 32),
        },
      })),
      inboxFixture,
    ],
    [
      "unlinkability",
      "PrivateV1 has one nonce",
      over(privateType, ({ random }) => ({ random: (bytes) => (bytes === 12 ? new Uint8Array(12) : random(bytes)) })),
      privateFixture,
    ],
    [
      "confidentiality",
      "PrivateV1 draws what everybody knows",
      over(privateType, ({ crypto }) => ({ random: (bytes) => crypto.hash(le32(bytes), 64).slice(0, bytes) })),
      privateFixture,
    ],
    [
      "deniability",
      "PrivateV1 signs its payloads",
      afterStep(privateType, (outcome, _, context) => {
        for (const effect of (outcome.effects ?? []) as { kind: string; payload: Uint8Array }[])
          if (effect.kind === "publish") context.self.sign(effect.payload)
        return outcome
      }),
      privateFixture,
    ],
    [
      "ordering",
      "PrivateV1 takes the place of a message from its own clock",
      afterStep(privateType, (outcome, _, context) => {
        const moved = (outcome.effects ?? []).map((effect) =>
          (effect as { kind: string }).kind === "deliver" ? { ...effect, lamport: context.nowMs } : effect,
        )
        return outcome.kind === "next" ? { ...outcome, effects: moved } : outcome
      }),
      privateFixture,
    ],
    [
      "dropped-message-observability",
      "PrivateV1 says nothing of what became of messages",
      afterStep(privateType, (outcome) => {
        const rest = (outcome.effects ?? []).filter((effect) => (effect as { kind: string }).kind !== "fate")
        return outcome.kind === "next" ? { ...outcome, effects: rest } : outcome
      }),
      privateFixture,
    ],
  ]
  for (const [guarantee, what, type, fixture] of cases)
    test(`${guarantee}: ${what}`, () => caught(what, type, fixture, guarantee))
})

describe("a type that claims what it lacks is caught", () => {
  const lacks: readonly GuaranteeName[] = [
    "unlinkability",
    "length-hiding",
    "post-compromise-security",
    "dropped-message-observability",
    "post-quantum-confidentiality",
  ]
  for (const guarantee of lacks) test(`BoardV1 has no ${guarantee}`, () => caught("BoardV1", BoardV1, board, guarantee))
})

test("each attack has caught something above", () => {
  expect([...caughtBy].sort()).toEqual(guaranteeAttacks.map(({ id }) => id).sort())
})

async function caught(
  what: string,
  type: AnyConversationType,
  fixture: ConversationTypeFixture,
  guarantee: GuaranteeName,
): Promise<void> {
  const from = performance.now()
  const found = findings(await attack(type, fixture, guarantee))
  if (process.env["PRINT_FINDINGS"] !== undefined)
    console.log(`| ${what} | ${guarantee} | ${JSON.stringify(found)} | ${Math.round(performance.now() - from)}`)
  expect(Object.keys(found)).not.toEqual([])
  for (const id of Object.keys(found)) caughtBy.add(id)
}

function fixtureOf({ id }: { readonly id: TypeId }): ConversationTypeFixture {
  return builtInFixtures.get(id) ?? {}
}

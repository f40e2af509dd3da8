import { channelFixture } from "../../../../examples/test/channel-fixture.js"
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
import { brokenChannels } from "../support/broken/channels.js"
import { type ChangeFlaw, circleType } from "../support/broken/circle-v1.js"
import { type Flaw, flaws } from "../support/broken/flaws.js"
import { sampleLengths } from "../support/broken/sample-keys.js"
import { sampleType } from "../support/broken/sample-type.js"
import { afterStep, hoarding, over, standingStill } from "../support/broken/wrapped-types.js"
import { attack, findings } from "./run.js"

const dayMs = 24 * 3_600_000
const sample = { beside: [InboxV1], payloadLengths: sampleLengths, lostKeysKeptMs: 8 * dayMs }
const circle: ConversationTypeFixture = {
  beside: [InboxV1],
  participants: 3,
  members: {
    async add(by, conversation, newcomer) {
      await by.command(conversation, "change", { add: await newcomer.introduce() })
    },
    async remove(by, conversation, { participant }) {
      await by.command(conversation, "change", { remove: participant })
    },
  },
}
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
        // Two people stay two.
        if (id.endsWith("-member")) continue
        expect({ id, ...result }).toMatchObject({ id, verdict: "held" })
        if (result.verdict === "held") expect(result.tries).toBeGreaterThan(0)
      }
    })

  test.each(["sender-authentication", "confidentiality"] as const)("holds its %s among three", async (guarantee) => {
    const results = await attack(circleType({ signs: true }), circle, guarantee)
    expect(findings(results)).toEqual({})
    for (const [id, { verdict }] of results) if (id.includes("member")) expect(verdict, id).toBe("held")
  })

  test("of several whose members nobody can change is not said to hold against who left", async () => {
    const { members: _, ...fixed } = circle
    const results = await attack(circleType({ signs: true }), fixed, "confidentiality")
    expect(results.get("confidentiality.removed-member")).toMatchObject({ verdict: "review" })
  })

  test("whose keys no record shows is not judged by it", async () => {
    const results = await attack(sampleType("own-derivation"), sample, "forward-secrecy")
    expect(results.get("forward-secrecy.stolen-state")).toMatchObject({ verdict: "not-applicable" })
    expect(findings(results)).toEqual({})
  })
})

describe("a type with one flaw is caught", () => {
  for (const [flaw, [guarantee, what]] of Object.entries(flaws))
    test(`${guarantee}: ${what}`, async () => void (await caught(flaw, sampleType(flaw as Flaw), sample, guarantee)))

  test("sender-authentication: several share a key, and nothing else", async () =>
    void (await caught("circle", circleType({ signs: false }), circle, "sender-authentication")))

  test("confidentiality: all conversations have one key", async () =>
    void (await caught("one key", circleType({ signs: true, everybody: true }), circle, "confidentiality")))

  test("replay-protection: an invite begins a conversation whenever it comes", async () =>
    void (await caught("letter", LetterV1, letter, "replay-protection")))
})

describe("a type from which people can be removed is caught", () => {
  const changes: readonly (readonly [ChangeFlaw, GuaranteeName, string])[] = [
    ["same key for who stays", "confidentiality", "confidentiality.removed-member"],
    ["new key for everybody", "confidentiality", "confidentiality.removed-member"],
    ["same key for who comes", "confidentiality", "confidentiality.new-member"],
    ["old key still taken", "sender-authentication", "sender-authentication.removed-member"],
  ]
  for (const [change, guarantee, id] of changes)
    test(`${guarantee}: ${change}`, async () => {
      const found = await caught(change, circleType({ signs: true, change }), circle, guarantee)
      expect(found).toContain(id)
    })
})

describe("a type without offers is caught", () => {
  for (const [flaw, type] of Object.entries(brokenChannels))
    test(`sender-authentication: ${flaw}`, async () =>
      void (await caught(flaw, type, channelFixture, "sender-authentication")))
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
    test(`${guarantee}: ${what}`, async () => void (await caught(what, type, fixture, guarantee)))
})

describe("a type that claims what it lacks is caught", () => {
  const lacks: readonly GuaranteeName[] = [
    "unlinkability",
    "length-hiding",
    "post-compromise-security",
    "dropped-message-observability",
    "post-quantum-confidentiality",
  ]
  for (const guarantee of lacks)
    test(`BoardV1 has no ${guarantee}`, async () => void (await caught("BoardV1", BoardV1, board, guarantee)))
})

test("each attack has caught something above", () => {
  expect([...caughtBy].sort()).toEqual(guaranteeAttacks.map(({ id }) => id).sort())
})

async function caught(
  what: string,
  type: AnyConversationType,
  fixture: ConversationTypeFixture,
  guarantee: GuaranteeName,
): Promise<readonly string[]> {
  const from = performance.now()
  const found = findings(await attack(type, fixture, guarantee))
  if (process.env["PRINT_FINDINGS"] !== undefined)
    console.log(`| ${what} | ${guarantee} | ${JSON.stringify(found)} | ${Math.round(performance.now() - from)}`)
  expect(Object.keys(found)).not.toEqual([])
  for (const id of Object.keys(found)) caughtBy.add(id)
  return Object.keys(found)
}

function fixtureOf({ id }: { readonly id: TypeId }): ConversationTypeFixture {
  return builtInFixtures.get(id) ?? {}
}

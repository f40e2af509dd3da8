import { ChannelV1 } from "../../../../examples/src/index.js"
import { PrivateV1 } from "colloquy"
import { expect, test } from "vitest"
import { conversationTypeConformance } from "./conformance.js"
import { exceptionsOf } from "./exceptions.js"
import { builtInFixtures } from "./fixtures/built-in-fixtures.js"
import { oneSpeaker } from "./fixtures/one-speaker.js"

const weakening = { lostKeysKeptMs: 60_000, republishes: true, healingRoundTripsMax: 4, sees: "some" } as const

test("what weakens an attack on a claim is stated with its reason, and nothing else is", () => {
  const reasons = { lostKeysKeptMs: "late", republishes: "lost", healingRoundTripsMax: "slow", sees: "few" }
  const stated = exceptionsOf(PrivateV1, { ...weakening, reasons })
  expect(stated.map(({ name, reason }) => [name, reason])).toEqual(Object.entries(reasons))
  // ChannelV1 claims neither unlinkability nor healing: there is nothing to except from.
  expect(exceptionsOf(ChannelV1, { ...weakening, reasons }).map(({ name }) => name)).toEqual(["lostKeysKeptMs", "sees"])
  expect(exceptionsOf(PrivateV1, {})).toEqual([])
})

test("an exception without a reason is refused before anything runs, by name", () => {
  for (const [name, value] of Object.entries(weakening))
    for (const reason of [undefined, " "])
      expect(() =>
        conversationTypeConformance(PrivateV1, {
          [name]: value,
          ...(reason === undefined ? {} : { reasons: { [name]: reason } }),
        }),
      ).toThrow(expect.objectContaining({ code: "EXCEPTION_UNEXPLAINED", message: expect.stringContaining(name) }))
})

test("one speaker for each conversation is an exception that its helper explains", () => {
  expect(exceptionsOf(ChannelV1, oneSpeaker({})).map(({ name }) => name)).toEqual(["sees", "oneSpeaker"])
})

test("every built-in fixture explains what it leaves out, in the report", async () => {
  for (const fixture of builtInFixtures.values()) expect(() => exceptionsOf(PrivateV1, fixture)).not.toThrow()
  const report = await conversationTypeConformance(PrivateV1, builtInFixtures.get(PrivateV1.id), {
    checks: [],
  }).report()
  expect(report.exceptions).toMatchObject([{ name: "lostKeysKeptMs", of: ["forward-secrecy"] }])
})

import { InboxV1 } from "colloquy"
import { guaranteeNames } from "@colloquy/core"
import { describe, expect, test } from "vitest"
import { type Flaw, flaws } from "../support/broken/flaws.js"
import { sampleLengths } from "../support/broken/sample-keys.js"
import { sampleType } from "../support/broken/sample-type.js"
import { attack, findings } from "./run.js"

const fixture = { beside: [InboxV1], payloadLengths: sampleLengths, lostKeysKeptMs: 8 * 24 * 3_600_000 }

describe("a sound sample type", () => {
  for (const guarantee of guaranteeNames)
    test(`holds its ${guarantee}, and every attack tries something`, async () => {
      const results = await attack(sampleType(), fixture, guarantee)
      expect(results.size).toBeGreaterThan(0)
      for (const [id, result] of results) {
        expect({ id, ...result }).toMatchObject({ id, verdict: "held" })
        if (result.verdict === "held") expect(result.tries).toBeGreaterThan(0)
      }
    })
})

describe("a sample type with one flaw is caught", () => {
  for (const [flaw, [guarantee, what]] of Object.entries(flaws))
    test(`${guarantee}: ${what}`, async () => {
      const from = performance.now()
      const results = await attack(sampleType(flaw as Flaw), fixture, guarantee)
      if (process.env["PRINT_FINDINGS"] !== undefined)
        console.log(
          `| ${flaw} | ${guarantee} | ${JSON.stringify(findings(results))} | ${Math.round(performance.now() - from)}`,
        )
      expect(Object.keys(findings(results))).not.toEqual([])
    })
})

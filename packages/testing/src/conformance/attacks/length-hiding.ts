import { codeOf } from "@colloquy/core"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

/** Each length up to 64 bytes, then fewer, up to some kilobytes. */
const lengths: readonly number[] = [
  ...Array.from({ length: 64 }, (_, length) => length + 1),
  ...[
    70, 80, 96, 100, 120, 127, 128, 129, 150, 200, 255, 256, 257, 300, 400, 500, 511, 512, 513, 700, 1000, 1024, 1500,
  ],
  ...[2000, 2048, 2500, 3000, 4000, 6000, 8000, 12_000],
]
/** A type without declared lengths may show so many different ones for contents of 1 to 64 bytes. */
const shortLengthsMax = 6

export const lengthHidingAttacks: readonly Check[] = [
  {
    id: "length-hiding.buckets",
    proves: "length-hiding",
    title: "payloads have one of the declared lengths, whatever is said",
    run: measure,
  },
]

async function measure(context: CheckContext): Promise<CheckResult> {
  const { fixture } = context
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  const seen = new Map<number, string>()
  const ofShort = new Set<number>()
  let tries = 0
  for (const [index, length] of lengths.entries()) {
    const person = scene.people[index % scene.people.length]
    if (person === undefined) break
    const before = scene.laboratory.wire.length
    try {
      await scene.say(person, length)
    } catch (error) {
      // More than it takes, or more than the fixture can say.
      if (codeOf(error) === undefined) throw error
      continue
    }
    await scene.laboratory.settle()
    for (const payload of scene.payloads(before)) {
      tries++
      seen.set(payload.payload.length, nameOf(payload))
      if (length <= 64) ofShort.add(payload.payload.length)
    }
  }
  if (tries === 0) return notApplicable("the type published nothing")
  const found = [...seen.keys()].sort((a, b) => a - b)
  const facts = { "lengths seen": found.join(", "), "contents": lengths.length }
  if (fixture.payloadLengths !== undefined) {
    const foreign = found.find((length) => fixture.payloadLengths?.includes(length) !== true)
    if (foreign === undefined) return held(tries, { ...facts, "lengths declared": fixture.payloadLengths.length })
    return broken(`${seen.get(foreign)} has none of the declared lengths`, facts)
  }
  if (ofShort.size > shortLengthsMax)
    return broken(`contents of 1 to 64 bytes make payloads of ${ofShort.size} different lengths`, facts)
  return held(tries, facts)
}

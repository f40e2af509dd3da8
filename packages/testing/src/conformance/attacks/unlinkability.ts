import { toHex } from "@colloquy/core"
import type { WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { commonStrings, shownBytes } from "./common-strings.js"
import { counterIn, fixedBits, tellingBit } from "./statistics.js"
import { nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

/** So many messages of each person: enough for a bit that is always the same to stand out, and for a counter to be no accident. */
const rounds = 24

export const unlinkabilityAttacks: readonly Check[] = [
  {
    id: "unlinkability.bytes",
    proves: "unlinkability",
    title: "no two payloads share a string of 8 bytes, no hint comes twice, and nothing counts",
    run: compareBytes,
  },
  {
    id: "unlinkability.over-time",
    proves: "unlinkability",
    title: "what is published again while nobody answers for a day shares nothing with what it repeats",
    run: fallSilent,
  },
  {
    id: "unlinkability.conversations",
    proves: "unlinkability",
    title:
      "payloads of two conversations of the same people, and of two directions, cannot be told apart by their bits",
    run: tellApart,
  },
]

async function compareBytes(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  await scene.converse(rounds)
  await scene.command()
  await scene.laboratory.settle()
  const payloads = scene.payloads()
  if (payloads.length < 2) return notApplicable("the type published less than two payloads")
  const twice = linked(payloads)
  if (twice !== undefined) return broken(twice)
  for (const { participant } of scene.people) {
    const own = scene.said
      .filter(({ by }) => by.participant === participant)
      .flatMap(({ payloads: [first] }) => first ?? [])
    const counter = counterIn(own.map(shownBytes))
    const [first] = own
    if (counter !== undefined && first !== undefined)
      return broken(`${counter} of ${own.length} payloads of one sender grows with each, from ${nameOf(first)} on`)
  }
  return held((payloads.length * (payloads.length - 1)) / 2, { payloads: payloads.length })
}

/** A type that is known to publish the same bytes again may do that, and nothing between. */
async function fallSilent(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  await scene.converse(1)
  const before = scene.laboratory.wire.length
  for (const person of scene.people) await scene.say(person)
  for (let hour = 0; hour < 24; hour++) {
    await scene.laboratory.pass(3_600_000)
    scene.laboratory.hold()
  }
  const payloads = scene.payloads(before)
  if (payloads.length === 0) return notApplicable("the type published nothing")
  const distinct = new Map(payloads.map((payload) => [toHex(shownBytes(payload)), payload]))
  const facts = { "published": payloads.length, "of which as before": payloads.length - distinct.size }
  const shown = context.fixture.republishes === true ? [...distinct.values()] : payloads
  const twice = linked(shown)
  return twice === undefined ? held(payloads.length, facts) : broken(twice, facts)
}

async function tellApart(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  const others = new Scene(context, await scene.another())
  const [here, there]: [WirePayload[], WirePayload[]] = [[], []]
  for (let round = 0; round < rounds; round++)
    for (const [one, said] of [
      [scene, here],
      [others, there],
    ] as const)
      for (const person of scene.people) {
        const before = scene.laboratory.wire.length
        await one.say(person)
        await scene.laboratory.settle()
        said.push(...scene.payloads(before))
      }
  if (here.length === 0 || there.length === 0) return notApplicable("the type published nothing")
  const twice = linked([...here, ...there])
  if (twice !== undefined) return broken(twice)
  const bit = tellingBit(here.map(shownBytes), there.map(shownBytes))
  if (bit !== undefined) return broken(`${bit} tells two conversations of the same people apart`)
  const [first] = scene.people
  const [mine, theirs] = [true, false].map((own) =>
    [...here, ...there].filter(({ by }) => (by === first?.participant) === own).map(shownBytes),
  ) as [Uint8Array[], Uint8Array[]]
  const direction = tellingBit(mine, theirs)
  if (direction !== undefined) return broken(`${direction} tells one person's payloads from another's`)
  const fixed = fixedBits([...here, ...there].map(({ payload }) => payload))
  return held(here.length * there.length, {
    "payloads": here.length + there.length,
    "bits that all payloads have alike": fixed.length === 0 ? 0 : `${fixed.length}, the first ${fixed[0]}`,
  })
}

function linked(payloads: readonly WirePayload[]): string | undefined {
  const hints = new Map<string, WirePayload>()
  for (const payload of payloads) {
    if (payload.hint === undefined) continue
    const known = hints.get(toHex(payload.hint))
    if (known !== undefined) return `${nameOf(known)} and ${nameOf(payload)} have the same hint`
    hints.set(toHex(payload.hint), payload)
  }
  const [common] = commonStrings(payloads.map(shownBytes))
  if (common === undefined) return undefined
  const [first, second] = common.places.map((place) => nameOf(payloads[place] as WirePayload))
  return `${first} and ${second} share the bytes ${toHex(common.bytes)}`
}

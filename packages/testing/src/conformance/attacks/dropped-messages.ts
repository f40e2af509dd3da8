import type { Subject } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { arrivalOf, heardIn, nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

/** How long a loss may stay unnoticed once something later has arrived. */
const noticedWithinMs = 10 * 60_000
const stepMs = 30_000
/** How long is waited for what was lost to be sent again. */
const recoveredWithinMs = 24 * 3_600_000

export const droppedMessageAttacks: readonly Check[] = [
  {
    id: "dropped-message-observability.one-lost",
    proves: "dropped-message-observability",
    title: "a payload that is dropped shows: what arrives is acknowledged and it is not, or its receiver misses it",
    run: drop,
  },
]

async function drop(context: CheckContext): Promise<CheckResult> {
  let tries = 0
  let noticed = 0
  let recovered = 0
  for (const speaker of [0, 1]) {
    const scene = await Scene.open(context, { salt: `dropped ${speaker}` })
    scene.laboratory.recording = false
    const from = scene.people[speaker]
    if (from === undefined) continue
    await scene.converse(1)
    const seen = await dropOne(scene, from)
    if (typeof seen === "string") return broken(seen)
    if (seen === undefined) continue
    tries++
    noticed = Math.max(noticed, seen.noticedMs)
    recovered = Math.max(recovered, seen.recoveredMs)
  }
  if (tries === 0) return notApplicable("the type published nothing")
  return held(tries, {
    "noticed within (seconds)": noticed / 1000,
    "recovered within (seconds)": recovered === Infinity ? "never" : recovered / 1000,
  })
}

async function dropOne(
  scene: Scene,
  from: Subject,
): Promise<string | undefined | { readonly noticedMs: number; readonly recoveredMs: number }> {
  const { laboratory } = scene
  const earlier = sentBy(from).length
  const lost = await scene.say(from)
  const dropped = laboratory.hold()
  if (lost.payloads.length === 0) return undefined
  const later = await scene.say(from)
  const [lostId, laterId] = sentBy(from).slice(earlier)
  await laboratory.settle()
  const name = dropped.map(nameOf).join(", ")
  const hearers = scene.othersThan(from)
  const isAcknowledged = (id: string | undefined): boolean =>
    from.fates.some(({ message, fate }) => message === id && fate === "acknowledged")
  const isHeard = (): boolean => hearers.some((hearer) => heardIn(hearer, lost.marker).length > 0)
  const isNoticed = (): boolean =>
    hearers.some(({ fates }) => fates.some(({ fate }) => fate === "missing")) ||
    (isAcknowledged(laterId) && !isAcknowledged(lostId))

  let noticedMs = 0
  for (; !isNoticed(); noticedMs += stepMs) {
    if (isAcknowledged(lostId) && !isHeard()) return `${name} never arrived, and was acknowledged`
    if (noticedMs >= noticedWithinMs) {
      const heard = later.payloads.map(nameOf).join(", ")
      return `${name} was dropped, ${heard} came after it, and in ${noticedWithinMs / 60_000} minutes neither side could tell`
    }
    await laboratory.pass(stepMs)
    await deliverExcept(scene, from)
  }
  for (let recoveredMs = noticedMs; recoveredMs <= recoveredWithinMs; recoveredMs += 4 * stepMs) {
    if (isHeard()) return { noticedMs, recoveredMs }
    if (isAcknowledged(lostId)) return `${name} never arrived, and was acknowledged`
    await laboratory.pass(4 * stepMs)
    await laboratory.settle()
  }
  return { noticedMs, recoveredMs: Infinity }
}

/** What the one publishes is lost, what the others do arrives. */
async function deliverExcept({ laboratory, people }: Scene, lost: Subject): Promise<void> {
  for (let held = laboratory.hold(); held.length > 0; held = laboratory.hold())
    for (const payload of held)
      for (const person of people)
        if (payload.by !== lost.participant && payload.by !== person.participant)
          await person.receive(arrivalOf(payload))
}

/** The names of one's own messages, in their order. */
function sentBy({ reactions }: Subject): readonly string[] {
  return reactions.flatMap(({ outcome }) =>
    outcome.kind !== "next"
      ? []
      : outcome.effects.flatMap((effect) => (effect.kind === "sent" ? [effect.message] : [])),
  )
}

import type { Subject } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { heardIn, nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

/** How long a loss may stay unnoticed once something later has arrived. */
const noticedWithinMs = 10 * 60_000
const stepMs = 30_000
/** How long is waited for what was lost to be sent again. */
const recoveredWithinMs = 2 * 24 * 3_600_000

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
  const messages = (): readonly string[] => sentBy(from)
  const earlier = messages().length
  const lost = await scene.say(from)
  const dropped = laboratory.hold()
  if (lost.payloads.length === 0) return undefined
  const later = await scene.say(from)
  const [lostId, laterId] = messages().slice(earlier)
  await laboratory.settle()
  const name = dropped.map(nameOf).join(", ")
  const hearers = scene.othersThan(from)
  const isAcknowledged = (id: string | undefined): boolean =>
    from.fates.some(({ message, fate }) => message === id && fate === "acknowledged")
  let noticedMs = Infinity
  let recoveredMs = Infinity
  for (let passed = 0; passed <= recoveredWithinMs && recoveredMs === Infinity; passed += stepMs) {
    const isHeard = hearers.some((hearer) => heardIn(hearer, lost.marker).length > 0)
    if (isAcknowledged(lostId) && !isHeard) return `${name} never arrived, and was acknowledged`
    const isMissed = hearers.some(({ fates }) => fates.some(({ fate }) => fate === "missing"))
    const isUnacknowledged = isAcknowledged(laterId) && !isAcknowledged(lostId)
    if (noticedMs === Infinity && (isMissed || isUnacknowledged)) noticedMs = passed
    if (isHeard) recoveredMs = passed
    if (noticedMs === Infinity && (passed >= noticedWithinMs || isHeard)) break
    await laboratory.pass(passed < noticedWithinMs ? stepMs : 20 * stepMs)
    if (passed >= noticedWithinMs) passed += 19 * stepMs
    await laboratory.settle()
  }
  if (recoveredMs !== Infinity && noticedMs === Infinity) noticedMs = recoveredMs
  if (noticedMs === Infinity) {
    const heard = later.payloads.map(nameOf).join(", ")
    return `${name} was dropped, ${heard} came after it, and in ${noticedWithinMs / 60_000} minutes neither side could tell`
  }
  return { noticedMs, recoveredMs }
}

/** The names of one's own messages, in their order. */
function sentBy({ reactions }: Subject): readonly string[] {
  return reactions.flatMap(({ outcome }) =>
    outcome.kind !== "next"
      ? []
      : outcome.effects.flatMap((effect) => (effect.kind === "sent" ? [effect.message] : [])),
  )
}

import type { Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { arrivalOf, nameOf, Scene, stateOf, timesHeard } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

const hourMs = 3_600_000

export const replayAttacks: readonly Check[] = [
  {
    id: "replay-protection.again",
    proves: "replay-protection",
    title:
      "a payload that comes again, at once, later, after a restart or after others, is not delivered and changes nothing",
    run: replay,
  },
]

async function replay(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  let tries = 0
  const again = async (payloads: readonly WirePayload[], when: string): Promise<string | undefined> => {
    for (const payload of payloads)
      for (const hearer of scene.people) {
        if (hearer.participant === payload.by) continue
        tries++
        const finding = await once(scene, hearer, payload, when)
        if (finding !== undefined) return finding
      }
    return undefined
  }
  for (let round = 0; round < 3; round++)
    for (const person of scene.people) {
      const before = scene.laboratory.wire.length
      await scene.say(person)
      await scene.laboratory.settle()
      const finding = await again(scene.laboratory.wire.slice(before), "at once")
      if (finding !== undefined) return broken(finding)
    }
  for (const person of scene.people) {
    await scene.say(person)
    const late = scene.laboratory.hold()
    await scene.say(person)
    await scene.laboratory.settle()
    for (const payload of late)
      for (const hearer of scene.people) if (hearer.participant !== payload.by) await hearer.receive(arrivalOf(payload))
    await scene.laboratory.settle()
    const finding = await again(late, "after it had come late")
    if (finding !== undefined) return broken(finding)
  }
  await scene.command()
  await scene.laboratory.settle()
  const moments: readonly (readonly [when: string, prepare: () => Promise<void> | void])[] = [
    ["after others", () => undefined],
    ["after a restart", () => scene.people.forEach((person) => person.reload())],
    ["an hour later", () => scene.laboratory.pass(hourMs).then(() => scene.laboratory.settle())],
    ["two days later", () => scene.laboratory.pass(48 * hourMs).then(() => scene.laboratory.settle())],
  ]
  for (const [when, prepare] of moments) {
    await prepare()
    const finding = await again([...scene.laboratory.wire], when)
    if (finding !== undefined) return broken(finding)
  }
  const conversations = new Map(scene.people.map(({ name, conversations }) => [name, conversations.length]))
  tries += await parcelsAgain(scene)
  for (const { marker, by, payloads } of scene.said)
    for (const hearer of scene.othersThan(by))
      if (timesHeard(hearer, marker) > 1)
        return broken(`what ${payloads.map(nameOf).join(", ")} says was delivered twice`)
  for (const person of scene.people)
    if (person.conversations.length > (conversations.get(person.name) ?? 0))
      return broken(`an invite that came again began a conversation of ${person.name}'s once more`)
  if (scene.payloads().length === 0) return notApplicable("the type published nothing")
  return held(tries)
}

/** A carrier whose store went back in time brings its parcels again. */
async function parcelsAgain({ people, context }: Scene): Promise<number> {
  let tries = 0
  for (const sender of people)
    for (const { outcome } of [...sender.reactions]) {
      if (outcome.kind !== "next") continue
      for (const effect of outcome.effects) {
        if (effect.kind !== "carry" || effect.parcel.type !== context.type.id) continue
        const hearer = people.find(({ participant }) => participant === effect.to)
        const resident = hearer?.resident(effect.parcel.type)
        if (hearer === undefined || resident === undefined) continue
        tries++
        await hearer.step(resident, { kind: "parcel", from: sender.participant, parcel: effect.parcel })
      }
    }
  return tries
}

async function once(scene: Scene, hearer: Subject, payload: WirePayload, when: string): Promise<string | undefined> {
  const before = stateOf(hearer)
  const reactions = await hearer.receive(arrivalOf(payload))
  const accepted = reactions.find(({ outcome, type }) => outcome.kind === "next" && type === scene.context.type.id)
  if (accepted !== undefined) return `${nameOf(payload)} was accepted again ${when}`
  return stateOf(hearer) === before ? undefined : `${nameOf(payload)} changed the state when it came again ${when}`
}

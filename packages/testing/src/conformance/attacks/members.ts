import type { Loot, Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { stealFor } from "./loot.js"
import { arrivalOf, heardIn, nameOf, type Said, Scene, trying } from "./scene.js"
import { hasKey, resealed, sealingsWith } from "./sealings.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

/** Where people come and go, who is no member is an outsider: the claims that hold against outsiders hold against him. */
export const memberAttacks: readonly Check[] = [
  {
    id: "confidentiality.removed-member",
    proves: "confidentiality",
    title: "who was removed and kept everything reads nothing of what is said afterwards",
    run: readsOn,
  },
  {
    id: "confidentiality.new-member",
    proves: "confidentiality",
    title: "who joins reads nothing of what was said before he came",
    run: readsBack,
  },
  {
    id: "sender-authentication.removed-member",
    proves: "sender-authentication",
    title: "who was removed and kept everything is not heard any more, in his own name or in another's",
    run: speaksOn,
  },
]

/** Somebody was removed; his machines and his state as they were before, and as they were after he heard of it. */
interface Removal {
  readonly scene: Scene
  readonly by: Subject
  readonly gone: Subject
  readonly loots: readonly Loot[]
  /** As he was before, in a world in which he was not removed. */
  readonly before: Scene
  /** Said when he was a member, and not delivered to anybody before he was removed. */
  readonly late: Said
  /** Those who stay and can speak in the conversation. */
  readonly speakers: readonly Subject[]
}

/** `undefined` where nobody can be removed; the answer for the report then. */
async function removal(context: CheckContext): Promise<Removal | CheckResult> {
  const { members } = context.fixture
  if (members === undefined) return unknown(context)
  const scene = await Scene.open(context, { participants: Math.max(3, context.fixture.participants ?? 3) })
  const { laboratory, conversation } = scene
  const [by] = scene.people as [Subject, ...Subject[]]
  const gone = scene.people.at(-1) as Subject
  await scene.converse(2)
  const loots = [gone.steal()]
  const late = await scene.say(by)
  const withheld = laboratory.hold()
  const before = scene.fork("as he was")
  await members.remove(by, conversation, gone)
  await laboratory.settle()
  loots.push(gone.steal())
  for (const payload of withheld)
    for (const person of scene.people)
      if (person !== gone && person.participant !== payload.by && !late.payloads.includes(payload))
        await person.receive(arrivalOf(payload))
  const speakers = scene.people.filter((one) => one !== gone && one.view(conversation)?.can.send === true)
  return { scene, by, gone, loots, before, late, speakers }
}

/** A group whose members nobody can change is attacked by nobody who left. */
function unknown({ type }: CheckContext): CheckResult {
  return (type.declaration.membership?.participantsMax ?? Infinity) > 2
    ? {
        verdict: "review",
        question: "how do members come and go? The fixture gives no way to change them (`members`).",
      }
    : notApplicable("nobody joins or leaves a conversation of two")
}

async function readsOn(context: CheckContext): Promise<CheckResult> {
  const removed = await removal(context)
  if ("verdict" in removed) return removed
  const { scene, gone, before, loots, speakers } = removed
  const { laboratory } = scene
  const since = scene.said.length
  for (let round = 0; round < 2; round++) {
    for (const speaker of speakers) {
      await scene.say(speaker)
      await laboratory.settle()
    }
    await scene.rest(60_000, 2)
    for (const speaker of speakers) await tellAll(scene, speaker)
  }
  const secret = scene.said.slice(since)
  if (secret.length === 0) return notApplicable("nobody is left to say anything")
  for (const { by, marker } of secret)
    for (const hearer of scene.people)
      if (hearer !== by && hearer !== gone && heardIn(hearer, marker).length === 0)
        return broken(`${hearer.name}, who stays, does not hear what ${by.name} says after ${gone.name} was removed`)
  const old = before.twin(gone)
  for (const payload of laboratory.wire) await offerAll(old, payload, context)
  for (const { marker, payloads } of secret)
    for (const [who, what] of [
      [gone, "his own machine"],
      [old, "his machine as it was before"],
    ] as const)
      if (heardIn(who, marker).length > 0)
        return broken(`${payloads.map(nameOf).join(", ")}, after ${gone.name} was removed, is opened by ${what}`)
  const book = scene.rules()
  if (!scene.isTraced(book)) return untraced
  const thief = scene.observer(book, { hidesMarkers: true })
  for (const loot of [...loots, gone.steal()]) stealFor(thief, gone.name, loot)
  thief.close()
  for (const { marker, payloads } of secret)
    if (thief.knows(marker))
      return broken(
        `${payloads.map(nameOf).join(", ")}, after ${gone.name} was removed, is open to him: ${thief.explain(marker)}`,
      )
  return held(3 * secret.length, { "messages after the removal": secret.length })
}

async function readsBack(context: CheckContext): Promise<CheckResult> {
  const { members } = context.fixture
  if (members === undefined) return unknown(context)
  if (members.history === true) return notApplicable("the fixture says that newcomers are given what was said before")
  const scene = await Scene.open(context)
  const { laboratory, conversation } = scene
  const [by] = scene.people as [Subject, ...Subject[]]
  await scene.converse(2)
  const earlier = scene.said.filter((said) => said.by.view(conversation)?.can.send === true)
  const old = laboratory.wire.length
  const newcomer = await laboratory.person("newcomer")
  await members.add(by, conversation, newcomer)
  await laboratory.settle()
  if (newcomer.conversations.includes(conversation)) await newcomer.allow(conversation)
  await laboratory.settle()
  const { marker } = await scene.say(by)
  await laboratory.settle()
  if (heardIn(newcomer, marker).length === 0)
    return broken(`the newcomer does not hear what ${by.name} says after he was added`)
  for (const payload of laboratory.wire.slice(0, old)) await offerAll(newcomer, payload, context)
  for (const { marker: secret, payloads } of earlier)
    if (heardIn(newcomer, secret).length > 0)
      return broken(`${payloads.map(nameOf).join(", ")}, from before he came, is opened by the newcomer's machine`)
  const book = scene.rules()
  if (!scene.isTraced(book)) return untraced
  const reader = scene.observer(book, { hidesMarkers: true })
  // All that he was ever told, not only what he kept.
  for (const invite of invitesTo(scene, newcomer)) reader.give(invite, "the newcomer's invite")
  stealFor(reader, newcomer.name, newcomer.steal())
  reader.close()
  for (const { marker: secret, payloads } of earlier)
    if (reader.knows(secret))
      return broken(
        `${payloads.map(nameOf).join(", ")}, from before he came, is open to the newcomer: ${reader.explain(secret)}`,
      )
  return earlier.length === 0 ? notApplicable("nobody said anything before") : held(2 * earlier.length)
}

async function speaksOn(context: CheckContext): Promise<CheckResult> {
  const removed = await removal(context)
  if ("verdict" in removed) return removed
  const { scene, by, gone, before, late, loots } = removed
  const { laboratory, conversation, people } = scene
  const hearers = people.filter((one) => one !== gone)
  let tries = 0
  const old = before.twin(gone)
  const from = before.laboratory.wire.length
  const own = before.marker()
  await trying(() => old.send(conversation, own))
  for (const { name, body } of context.fixture.commands ?? []) await trying(() => old.command(conversation, name, body))
  for (const payload of before.laboratory.wire.slice(from))
    for (const hearer of hearers) {
      tries++
      await offerAll(hearer, payload, context)
      if (heardIn(hearer, own).length > 0)
        return broken(`${hearer.name} hears what ${gone.name} says with his old machine after he was removed`)
    }
  const book = scene.rules()
  const knowledge = scene.observer(book)
  for (const loot of loots) stealFor(knowledge, gone.name, loot)
  knowledge.close()
  const { operations } = laboratory.trace
  for (const payload of late.payloads)
    for (const sealing of sealingsWith(book, payload, late.marker)) {
      tries++
      if (!hasKey(knowledge, book, sealing)) continue
      const instead = scene.marker(late.marker.length)
      const texts = { said: late.marker, instead }
      const forged = resealed(context.crypto, book, payload, sealing, texts, { knowledge, operations })
      for (const hearer of hearers) {
        await offerAll(scene.fork().twin(hearer), payload, context)
        const victim = scene.fork().twin(hearer)
        await offerAll(victim, { ...payload, payload: forged }, context)
        if (heardIn(victim, instead).length > 0)
          return broken(`${gone.name}, who was removed, can make ${nameOf(payload)} of ${by.name}'s with other content`)
      }
    }
  return tries === 0 ? notApplicable("who was removed gets nothing onto the wire") : held(tries)
}

/** A payload reaches whoever expects it, and every machine of the type besides. */
async function offerAll(subject: Subject, payload: WirePayload, { type }: CheckContext): Promise<void> {
  if (payload.by === subject.participant) return
  await subject.receive(arrivalOf(payload))
  for (const { id, type: own, resident } of subject.instances())
    if (own === type.id && !resident) await subject.step(id, { kind: "receive", ...arrivalOf(payload) })
}

async function tellAll({ context, conversation, laboratory }: Scene, speaker: Subject): Promise<void> {
  for (const { name, body } of context.fixture.commands ?? [])
    await trying(() => speaker.command(conversation, name, body))
  await laboratory.settle()
}

/** What somebody's resident was brought. */
function invitesTo({ people, context }: Scene, { participant }: Subject): readonly Uint8Array[] {
  return people.flatMap(({ reactions }) =>
    reactions.flatMap(({ outcome }) =>
      outcome.kind !== "next"
        ? []
        : outcome.effects.flatMap((effect) =>
            effect.kind === "carry" && effect.to === participant && effect.parcel.type === context.type.id
              ? [effect.parcel.body]
              : [],
          ),
    ),
  )
}

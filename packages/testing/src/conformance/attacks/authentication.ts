import { codeOf, type ConversationId, type Parcel, type Participant, type TypeId } from "@colloquy/core"
import type { Reaction, Subject } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { stealFor } from "./loot.js"
import { lyingType } from "./lying-type.js"
import { arrivalOf, attributedTo, heardIn, nameOf, Scene, trying } from "./scene.js"
import { hasKey, resealed, sealingsWith } from "./sealings.js"
import { broken, held, notApplicable } from "./verdict.js"

const hourMs = 3_600_000

export const senderAuthenticationAttacks: readonly Check[] = [
  {
    id: "sender-authentication.impostor",
    proves: "sender-authentication",
    title: "who claims to be Saro, with a good introduction and a key of his own, is not taken for him",
    run: (context) => impersonate(context, "sender"),
  },
  {
    id: "sender-authentication.stale-introduction",
    proves: "sender-authentication",
    title: "an introduction that is used up or over begins nothing, whoever comes with it",
    run: staleIntroductions,
  },
  {
    id: "sender-authentication.stolen-id",
    proves: "sender-authentication",
    title: "a stranger's invite under the id of an open conversation lets nobody speak in it, and silences nobody",
    run: stealId,
  },
  {
    id: "sender-authentication.third-party",
    proves: "sender-authentication",
    title: "with everything of a third person's, member or not, nobody can speak as another",
    run: forgeFromOutside,
  },
  {
    id: "sender-authentication.reflected",
    proves: "sender-authentication",
    title: "one's own payloads, sent back, are not taken for another's",
    run: reflect,
  },
]

export const mutualAuthenticationAttacks: readonly Check[] = [
  {
    id: "mutual-authentication.impostor",
    proves: "mutual-authentication",
    title: "who claims to be Saro towards Raya, or answers in her place, is taken for neither",
    run: (context) => impersonate(context, "both"),
  },
  {
    id: "mutual-authentication.third-party",
    proves: "mutual-authentication",
    title: "with everything of a third person's nobody can speak as one of the two",
    run: forgeFromOutside,
  },
]

/** An impostor begins a conversation under Saro's name, and answers one that Saro began in Raya's. */
async function impersonate(context: CheckContext, as: "sender" | "both"): Promise<CheckResult> {
  let tries = 0
  // He lies to every type, so that the carrier would have to be fooled too, and then to the type under attack alone.
  for (const lied of ["everything", "the type"] as const) {
    const lies = new Map<Participant, Participant>()
    const { type, fixture } = context
    const beside = (fixture.beside ?? []).map((other) => (lied === "everything" ? lyingType(other, lies) : other))
    const scene = await Scene.open(context, { types: [lyingType(type, lies), ...beside] })
    scene.laboratory.recording = false
    await scene.converse(1)
    const results = [await begins(scene, lies)]
    if (as === "both") results.push(await answers(scene, lies))
    for (const result of results) {
      if (typeof result === "string") return broken(`${result} (the impostor lies to ${lied})`)
      tries += result
    }
  }
  return tries === 0 ? notApplicable("an impostor gets nothing onto the wire") : held(tries)
}

type MutableLies = Map<Participant, Participant>

async function begins(scene: Scene, lies: MutableLies): Promise<number | string> {
  const [saro, raya] = scene.people as [Subject, Subject]
  const mallory = await scene.laboratory.person("mallory")
  lies.set(mallory.participant, saro.participant)
  const { tries, since } = await speaksTo(scene, mallory, raya)
  const [taken] = attributions(raya, saro.participant, since, scene.context)
  return taken === undefined ? tries : `${taken} in a conversation that somebody else began under his name`
}

/** He overhears what Saro begins and says, and answers in Raya's place with his own keys. */
async function answers(scene: Scene, lies: MutableLies): Promise<number | string> {
  const { laboratory, context } = scene
  const [saro, raya] = scene.people as [Subject, Subject]
  const name = "mallory in raya's place"
  const fake = await laboratory.person(name)
  lies.set(fake.participant, raya.participant)
  let tries = 0
  const said = await beginWithoutDelivery(scene, saro, raya)
  const published = laboratory.wire.length
  for (const payload of said.payloads) {
    tries++
    for (const { id, type } of fake.instances())
      if (type === context.type.id || type === payload.type)
        await fake.step(id, { kind: "receive", ...arrivalOf(payload) })
  }
  for (const marker of said.markers)
    if (heardIn(fake, marker).length > 0)
      return "who claims to be the responder, without his keys, reads what the initiator says"
  const since = saro.reactions.length
  for (const conversation of fake.conversations) await trying(() => fake.send(conversation, scene.marker()))
  for (const payload of laboratory.wire.slice(published)) {
    tries++
    await saro.receive(arrivalOf(payload))
  }
  const [answered] = attributions(saro, raya.participant, since, context)
  return answered === undefined ? tries : `${answered}, which somebody else made in her place`
}

/** Somebody with a good introduction of the hearer's does what he can to be heard. */
async function speaksTo(
  scene: Scene,
  from: Subject,
  to: Subject,
): Promise<{ readonly tries: number; readonly since: number }> {
  const { laboratory, context } = scene
  const since = to.reactions.length
  await laboratory.settle()
  const before = laboratory.wire.length
  await trying(async () => {
    const other = new Scene(context, await scene.another([from, to]))
    await other.speak(from, scene.marker())
  })
  // What he published reaches the hearer also where the fixture held it back.
  for (const payload of laboratory.wire.slice(before)) await to.receive(arrivalOf(payload))
  await laboratory.settle()
  return { tries: laboratory.wire.length - before, since }
}

/** What an initiator publishes that nobody has got yet. */
async function beginWithoutDelivery(scene: Scene, from: Subject, to: Subject) {
  const { laboratory } = scene
  const before = laboratory.wire.length
  const markers: Uint8Array[] = []
  await laboratory.settle()
  const startable = [scene.context.type, ...laboratory.types].find(({ conversation }) => conversation !== undefined)
  const introduction = await to.introduce()
  if (startable !== undefined)
    await trying(async () => {
      markers.push(scene.marker())
      await begin(from, startable.id, introduction, markers.at(-1) as Uint8Array)
    })
  markers.push((await scene.say(from)).marker)
  laboratory.hold()
  return { markers, payloads: laboratory.wire.slice(before) }
}

/** What a subject's machines said came from a participant, from a reaction on. */
function attributions(
  { reactions, name }: Subject,
  participant: Participant,
  since: number,
  { type }: CheckContext,
): readonly string[] {
  return reactions.slice(since).flatMap((reaction) => {
    if (reaction.outcome.kind !== "next" || reaction.type !== type.id) return []
    return reaction.outcome.effects
      .filter((effect) => attributedTo(effect) === participant)
      .map(({ kind }) => `${name}'s machine answered "${kind}" as from ${participant.slice(0, 8)}…`)
  })
}

/** Where there is nothing in a type's offers, its carriers alone use up introductions, and whom they let in is let in. */
function offersSomething({ reactions }: Subject, { type }: CheckContext): boolean {
  return reactions.some(
    (reaction) =>
      reaction.type === type.id &&
      reaction.outcome.kind === "next" &&
      reaction.outcome.effects.some((effect) => effect.kind === "offered" && effect.offer.length > 0),
  )
}

/** Offers are good once and for a time, by whatever carrier the invite comes. */
async function staleIntroductions(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  const { laboratory } = scene
  laboratory.recording = false
  const raya = scene.people[1] as Subject
  const startable = [context.type, ...laboratory.types].find(({ conversation }) => conversation !== undefined)
  if (startable === undefined) return notApplicable("no type here begins a conversation on an introduction")
  const mallory = await laboratory.person("mallory")
  const walter = await laboratory.person("walter")
  let tries = 0
  /** All that was published arrives, and so do the invites, as if another carrier had brought them. */
  const isHeard = async (marker: Uint8Array, from: Subject): Promise<boolean> => {
    const since = raya.reactions.length
    const conversations = raya.conversations.length
    for (const payload of laboratory.wire) await raya.receive(arrivalOf(payload))
    tries++
    const isOnTheWire =
      heardIn(raya, marker, { since, type: context.type.id }).length > 0 || raya.conversations.length > conversations
    for (const parcel of invitesOf(from)) {
      const resident = raya.resident(parcel.type)
      if (resident === undefined || parcel.type !== context.type.id) continue
      tries++
      await raya.step(resident, { kind: "parcel", from: from.participant, parcel })
    }
    // Who comes by another carrier is himself, where nothing in an offer could have been used up.
    if (!offersSomething(raya, context))
      return isOnTheWire || raya.reactions.slice(since).some((reaction) => namesAnother(reaction, from, context))
    return (
      heardIn(raya, marker, { since, type: context.type.id }).length > 0 || raya.conversations.length > conversations
    )
  }
  const good = await raya.introduce()
  await begin(walter, startable.id, good, scene.marker())
  await laboratory.settle()
  const consumed = scene.marker()
  await trying(() => begin(mallory, startable.id, good, consumed))
  if (await isHeard(consumed, mallory)) return broken("an introduction that was used began a second conversation")
  const short = await raya.introduce({ expiresInMs: hourMs })
  const late = scene.marker()
  const eve = await laboratory.person("eve")
  await begin(eve, startable.id, short, late)
  laboratory.hold()
  await laboratory.pass(2 * hourMs)
  if (await isHeard(late, eve)) return broken("an introduction began a conversation after its time was over")
  return held(
    tries,
    offersSomething(raya, context) ? undefined : { "used up by": "the carrier alone, offers are empty" },
  )
}

/** Whether a machine of the type took what came for somebody else's. */
function namesAnother({ type, outcome }: Reaction, by: Subject, context: CheckContext): boolean {
  if (outcome.kind !== "next" || type !== context.type.id) return false
  const named = outcome.effects.map(attributedTo).filter((from) => from !== undefined)
  return named.some((from) => from !== by.participant)
}

/** With first content, or without where the type takes none. */
async function begin(from: Subject, type: TypeId, introduction: Uint8Array, content: Uint8Array): Promise<void> {
  try {
    await from.start(type, [introduction], content)
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    await from.start(type, [introduction])
  }
}

/** The invites of the type that a person wanted to have carried, newest last. */
function invitesOf({ reactions }: Subject): readonly Parcel[] {
  return reactions.flatMap(({ outcome }) =>
    outcome.kind !== "next"
      ? []
      : outcome.effects.flatMap((effect) =>
          effect.kind === "carry" && effect.parcel.kind === "invite" ? [effect.parcel] : [],
        ),
  )
}

/** Mallory begins a conversation with Raya under the id of the one that she has with Saro, and speaks there. */
async function stealId(context: CheckContext): Promise<CheckResult> {
  const { type, fixture } = context
  const ids = new Map<Participant, ConversationId>()
  const scene = await Scene.open(context, {
    types: [
      lyingType(type, new Map(), ids),
      ...(fixture.beside ?? []).map((other) => lyingType(other, new Map(), ids)),
    ],
  })
  const { laboratory } = scene
  laboratory.recording = false
  await scene.converse(1)
  const [saro] = scene.people as [Subject, ...Subject[]]
  const startable = [type, ...laboratory.types].find(({ conversation }) => conversation !== undefined)
  if (startable === undefined) return notApplicable("no type here begins a conversation")
  const hearers = scene.othersThan(saro)
  const marks = hearers.map(({ reactions }) => reactions.length)
  const mallory = await laboratory.person("mallory")
  const introductions: Uint8Array[] = []
  for (const hearer of hearers) introductions.push(await hearer.introduce())
  const before = laboratory.wire.length
  ids.set(mallory.participant, scene.conversation)
  await trying(async () => {
    const isPair = startable.declaration.membership?.participantsMax === 2
    const begun = await mallory.start(startable.id, isPair ? introductions.slice(0, 1) : introductions)
    await laboratory.settle()
    for (let said = 0; said < 3; said++) await trying(() => mallory.send(begun, scene.marker()))
    await laboratory.settle()
  })
  ids.clear()
  for (const [index, hearer] of hearers.entries())
    for (const other of scene.people) {
      if (other === hearer) continue
      const [taken] = attributions(hearer, other.participant, marks[index] as number, context)
      if (taken !== undefined) return broken(`${taken}, which mallory said under the id of their conversation`)
    }
  const tries = laboratory.wire.length - before
  const { marker } = await scene.say(saro)
  await laboratory.settle()
  for (const hearer of hearers)
    if (heardIn(hearer, marker).length === 0)
      return broken(`${hearer.name} does not hear ${saro.name} any more after a stranger's invite under the same id`)
  return tries === 0 ? notApplicable("a stranger gets nothing onto the wire") : held(tries)
}

/** What a third person knows must not be enough to make a payload that is taken for another's. */
async function forgeFromOutside(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  const { laboratory } = scene
  const walter = await scene.befriended("walter")
  const [saro, raya] = scene.people as [Subject, Subject]
  const thieves = [walter, ...scene.people.slice(2)]
  const attempts = []
  for (const speaker of [saro, raya]) {
    const said = await scene.say(speaker)
    const hearer = speaker === saro ? raya : saro
    attempts.push({
      said,
      speaker,
      hearer,
      world: scene.fork(),
      loots: thieves.map((thief) => ({ thief, loot: thief.steal() })),
    })
    await laboratory.settle()
  }
  const book = scene.rules()
  let tries = 0
  let keysKnown = 0
  for (const { said, speaker, hearer, world, loots } of attempts) {
    const attackers = loots.map(({ thief, loot }) => {
      const knowledge = scene.observer(book)
      stealFor(knowledge, thief.name, loot)
      return { name: thief.name, knowledge: knowledge.close() }
    })
    if (context.fixture.resistsIdentityTheft === true) {
      const knowledge = scene.observer(book)
      knowledge.give(hearer.steal().identitySeed, `the identity stolen from ${hearer.name}`)
      attackers.push({ name: `a thief of ${hearer.name}'s identity`, knowledge: knowledge.close() })
    }
    for (const { name, knowledge } of attackers) {
      for (const payload of said.payloads)
        for (const sealing of sealingsWith(book, payload, said.marker)) {
          tries++
          if (!hasKey(knowledge, book, sealing)) continue
          keysKnown++
          const instead = scene.marker(said.marker.length)
          const texts = { said: said.marker, instead }
          const { operations } = laboratory.trace
          const forged = resealed(context.crypto, book, payload, sealing, texts, { knowledge, operations })
          const victim = world.twin(hearer)
          await victim.receive({ ...arrivalOf(payload), payload: forged })
          if (heardIn(victim, instead).some(({ from }) => from === speaker.participant))
            return broken(
              `${name}, who is not ${speaker.name}, can make ${nameOf(payload)} with other content: ${knowledge.explain(book.strings.bytes(sealing.key))}`,
            )
        }
    }
  }
  return tries === 0
    ? notApplicable("no payload shows what it was sealed with")
    : held(tries, { "keys that others have too": keysKnown })
}

async function reflect(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  await scene.converse(2)
  let tries = 0
  for (const person of scene.people) {
    await scene.say(person)
    const since = person.reactions.length
    for (const payload of scene.payloads()) {
      if (payload.by !== person.participant) continue
      tries++
      await person.receive(arrivalOf(payload))
      for (const { id, type } of person.instances())
        if (type === context.type.id) await person.step(id, { kind: "receive", ...arrivalOf(payload) })
      for (const other of scene.othersThan(person)) {
        const taken = attributions(person, other.participant, since, context).at(0)
        if (taken !== undefined) return broken(`${taken}, when ${nameOf(payload)} of its own came back`)
      }
    }
    await scene.laboratory.settle()
  }
  return tries === 0 ? notApplicable("the type published nothing") : held(tries)
}

import { type ConversationId, equalBytes, type Hint, type Topic } from "@colloquy/core"
import type { InstanceView, Reaction, Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { heardIn, nameOf, type Said, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

export const channelBindingAttacks: readonly Check[] = [
  {
    id: "channel-binding.moved",
    proves: "channel-binding",
    title:
      "a payload opens nowhere else: not in another conversation of the same people, on another topic, or in the other direction",
    run: move,
  },
]

async function move(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  const other = new Scene(context, await scene.another())
  await scene.converse(1)
  await other.converse(1)
  let tries = 0
  for (const person of scene.people) {
    const said = await scene.say(person)
    const elsewhere = await other.say(person)
    const back = await answers(scene, person)
    const held = scene.laboratory.hold()
    for (const hearer of scene.people)
      for (const payload of ofType(said.payloads, context))
        for (const place of places(payload, hearer, { scene, elsewhere, back })) {
          tries++
          const finding = await offer(hearer, payload, place, said)
          if (finding !== undefined) return broken(finding)
        }
    for (const payload of held)
      for (const hearer of scene.people) if (hearer.participant !== payload.by) await hearer.receive(payload)
    await scene.laboratory.settle()
  }
  return tries === 0 ? notApplicable("the type published nothing") : held(tries)
}

interface Place {
  readonly what: string
  readonly instance: ConversationId
  readonly topic: Topic
  readonly hint?: Hint
}

interface Elsewhere {
  readonly scene: Scene
  /** Said by the same person in the other conversation, and not delivered yet. */
  readonly elsewhere: Said
  /** Said to the person, and not delivered yet. */
  readonly back: readonly WirePayload[]
}

/** Everywhere that the payload was not meant for. */
function* places(payload: WirePayload, hearer: Subject, { scene, elsewhere, back }: Elsewhere): Generator<Place> {
  const isOwn = hearer.participant === payload.by
  const models = ofType(isOwn ? back : elsewhere.payloads, scene.context)
  for (const view of hearer.instances()) {
    if (view.type !== scene.context.type.id) continue
    const instance = view.id
    const expected = expects(view, payload)
    if (isOwn) yield { what: "sent back to its sender", instance, ...where(payload) }
    else if (!expected) yield { what: "in another conversation", instance, ...where(payload) }
    for (const model of models)
      if (!isSamePlace(model, payload)) yield { what: `in the place of ${nameOf(model)}`, instance, ...where(model) }
    if (expected && !isOwn)
      for (const topic of otherTopics(payload, scene))
        yield { what: `on the topic ${topic}`, instance, ...where(payload), topic }
  }
}

function expects({ listening }: InstanceView, { topic, hint }: WirePayload): boolean {
  return listening.some(
    (route) =>
      route.topic === topic && (route.hint === undefined || (hint !== undefined && equalBytes(route.hint, hint))),
  )
}

function isSamePlace(a: WirePayload, b: WirePayload): boolean {
  if (a.hint === undefined || b.hint === undefined) return a.topic === b.topic && a.hint === b.hint
  return a.topic === b.topic && equalBytes(a.hint, b.hint)
}

/** What the others say to a person, on its way. */
async function answers(scene: Scene, person: Subject): Promise<readonly WirePayload[]> {
  const found: WirePayload[] = []
  for (const other of scene.othersThan(person)) {
    const fork = scene.fork("answer")
    const before = fork.laboratory.wire.length
    await fork.say(fork.twin(other))
    found.push(...fork.payloads(before))
  }
  return found
}

async function offer(
  hearer: Subject,
  payload: WirePayload,
  place: Place,
  { marker }: Said,
): Promise<string | undefined> {
  const since = hearer.reactions.length
  const input = { kind: "receive" as const, topic: place.topic, payload: payload.payload.slice() }
  const reaction: Reaction = await hearer.step(
    place.instance,
    place.hint === undefined ? input : { ...input, hint: place.hint },
  )
  if (heardIn(hearer, marker, { since }).length > 0)
    return `${nameOf(payload)} ${place.what} was delivered to ${hearer.name}`
  return reaction.outcome.kind === "next"
    ? `${nameOf(payload)} ${place.what} was accepted by ${hearer.name}`
    : undefined
}

function otherTopics({ topic }: WirePayload, { laboratory, context }: Scene): readonly Topic[] {
  const known = new Set([
    ...laboratory.wire.map((payload) => payload.topic),
    ...laboratory.subjects.map(({ inboxTopic }) => inboxTopic),
  ])
  for (const [from, to] of [
    ["0", "1"],
    ["1", "2"],
    ["a", "b"],
    ["f", "e"],
  ] as const) {
    // The last such digit of the name, so that it stays a topic of the same kind.
    const at = topic.lastIndexOf(from, topic.lastIndexOf("/"))
    if (at > 0) known.add((topic.slice(0, at) + to + topic.slice(at + 1)) as Topic)
  }
  known.delete(topic)
  return [...known].filter((one) => context.type.declaration.contentTopics.permits(one))
}

function ofType(payloads: readonly WirePayload[], { type }: CheckContext): readonly WirePayload[] {
  return payloads.filter((payload) => payload.type === type.id)
}

function where({ topic, hint }: WirePayload): Pick<Place, "topic" | "hint"> {
  return hint === undefined ? { topic } : { topic, hint }
}

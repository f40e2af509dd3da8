import type { Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { arrivalOf, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

const permutations = 8

export const orderingAttacks: readonly Check[] = [
  {
    id: "ordering.permuted",
    proves: "ordering",
    title:
      "everybody gives each message the same place, in whatever order payloads arrive, and an answer one after what it answers",
    run: permute,
  },
]

/** One says more than the other, so that a count of one's own and a count of both differ. */
async function monologue(scene: Scene): Promise<void> {
  const [first] = scene.people
  for (let i = 0; i < 5 && first !== undefined; i++) await scene.say(first)
  await scene.laboratory.settle()
}

interface Place {
  readonly lamport: number
  readonly message: string
}

async function permute(context: CheckContext): Promise<CheckResult> {
  let tries = 0
  for (let permutation = 0; permutation < permutations; permutation++) {
    const scene = await Scene.open(context, { salt: "ordering" })
    scene.laboratory.recording = false
    await scene.converse(1)
    await monologue(scene)
    for (let round = 0; round < 2; round++) {
      const before = places(scene)
      for (let i = 0; i < 3; i++)
        for (const person of scene.people) {
          await scene.laboratory.pass(((permutation * 31 + i * 17) % 5) * 700)
          await scene.say(person)
        }
      const held = shuffled(scene.laboratory.hold(), context, `${permutation} ${round}`)
      for (const payload of held)
        for (const person of scene.people)
          if (person.participant !== payload.by) await person.receive(arrivalOf(payload))
      await scene.laboratory.settle()
      const finding = compare(scene, before)
      if (finding !== undefined) return broken(`${finding} (permutation ${permutation})`)
    }
    tries += scene.said.length
  }
  const scene = await Scene.open(context, { salt: "ordering" })
  await scene.converse(1)
  if ([...places(scene).values()].every((log) => log.size === 0))
    return notApplicable("nothing that is said has a place in a log")
  return held(tries, { permutations })
}

/** Each person's log: what he sent and what was delivered to him. */
function places(scene: Scene): ReadonlyMap<string, ReadonlyMap<string, Place>> {
  return new Map(scene.people.map((person) => [person.name, logOf(person, scene)]))
}

function logOf({ reactions, delivered }: Subject, { conversation }: Scene): ReadonlyMap<string, Place> {
  const log = new Map<string, Place>()
  for (const { instance, outcome } of reactions) {
    if (outcome.kind !== "next" || instance !== conversation) continue
    for (const effect of outcome.effects)
      if (effect.kind === "sent") log.set(effect.message, { lamport: effect.lamport, message: effect.message })
  }
  for (const { conversation: where, message, lamport } of delivered)
    if (where === conversation) log.set(message, { lamport, message })
  return log
}

function compare(scene: Scene, before: ReturnType<typeof places>): string | undefined {
  const now = places(scene)
  const [first, ...others] = scene.people.map(({ name }) => ({
    name,
    log: now.get(name) as ReadonlyMap<string, Place>,
  }))
  if (first === undefined) return undefined
  for (const { name, log } of others) {
    for (const [message, { lamport }] of log) {
      const there = first.log.get(message)
      if (there === undefined) return `${name} has a message that ${first.name} has not`
      if (there.lamport !== lamport) return `${first.name} puts a message at ${there.lamport} and ${name} at ${lamport}`
    }
    if (log.size !== first.log.size) return `${first.name} has ${first.log.size} messages and ${name} has ${log.size}`
  }
  for (const [name, old] of before) {
    const newest = Math.max(0, ...Array.from(old.values(), ({ lamport }) => lamport))
    const mine = scene.people.find((person) => person.name === name)
    const own = mine === undefined ? [] : sentSince(mine, old, scene)
    const early = own.find((place) => place.lamport <= newest)
    if (early !== undefined)
      return `${name} puts what he says at ${early.lamport}, before ${newest}, which he had heard`
  }
  return undefined
}

function sentSince({ reactions }: Subject, old: ReadonlyMap<string, Place>, { conversation }: Scene): readonly Place[] {
  return reactions.flatMap(({ instance, outcome }) =>
    outcome.kind !== "next" || instance !== conversation
      ? []
      : outcome.effects.flatMap((effect) => (effect.kind === "sent" && !old.has(effect.message) ? [effect] : [])),
  )
}

function shuffled(
  payloads: readonly WirePayload[],
  { crypto, seed }: CheckContext,
  salt: string,
): readonly WirePayload[] {
  const rank = (payload: WirePayload): number =>
    (crypto.hash(new TextEncoder().encode(`${seed} ${salt} ${payload.number}`), 16)[0] as number) * 256 + payload.number
  return [...payloads].sort((a, b) => rank(a) - rank(b))
}

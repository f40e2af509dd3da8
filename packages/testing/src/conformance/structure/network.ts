import { toHex } from "@colloquy/core"
import type { Subject, WirePayload } from "../../laboratory/laboratory.js"
import { SeededRandom } from "../../laboratory/seeded-random.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import type { Established } from "../fixture.js"
import { faultOf, hasHeard, listeners, nameOf, timesHeard, type Utterance, utter, speakersOf } from "./rehearsal.js"

const said = 5

/** What a network does to payloads that nobody altered. */
export const networkChecks: readonly Check[] = [
  {
    id: "robustness.duplicates",
    proves: "CT-12",
    title: "a payload that comes twice, at once or much later, changes nothing",
    run: duplicates,
  },
  {
    id: "robustness.reordered",
    proves: "CT-12",
    title: "payloads in any order: everything is heard, once, and the same on every side",
    run: reordered,
  },
  {
    id: "robustness.lost",
    proves: "CT-12",
    title: "payloads that never arrive: nothing is invented, nothing heard twice, nothing fails",
    run: lost,
  },
]

async function duplicates(context: CheckContext): Promise<CheckResult> {
  const established = await context.establish({ record: false })
  const { laboratory } = established
  const seen: { payload: WirePayload; by: Subject }[] = []
  const again = async ({ payload, by }: (typeof seen)[number]): Promise<string | undefined> => {
    for (const person of listeners(established, by)) {
      const [pieces, heard] = [stateText(person), person.delivered.length]
      const reactions = await person.receive(payload)
      if (person.delivered.length > heard) return `${person.name} heard ${nameOf(payload)} twice`
      const isAccepted = reactions.some(({ outcome }) => outcome.kind === "next")
      if (isAccepted && stateText(person) !== pieces)
        return `${nameOf(payload)} changed ${person.name}'s state a second time`
      // Even led to it by force.
      for (const { id, listening } of person.instances().filter(({ type }) => type === context.type.id)) {
        const { topic, hint, payload: bytes } = payload
        if (!listening.some((route) => route.topic === topic)) continue
        const outcome = await person.attempt(id, {
          kind: "receive",
          topic,
          payload: bytes,
          ...(hint === undefined ? {} : { hint }),
        })
        if (outcome.kind === "next" && outcome.effects.some(({ kind }) => kind === "deliver" || kind === "notice"))
          return `${nameOf(payload)} tells ${person.name} something a second time`
      }
    }
    return undefined
  }
  for (let round = 0; round < 3; round++)
    for (const by of speakersOf(context, established)) {
      const { payloads } = await utter(context, established, by, round)
      await laboratory.settle()
      for (const payload of payloads) {
        seen.push({ payload, by })
        const finding = await again({ payload, by })
        if (finding !== undefined) return { verdict: "broken", finding }
      }
    }
  laboratory.hold()
  for (const old of [...seen].reverse()) {
    const finding = await again(old)
    if (finding !== undefined) return { verdict: "broken", finding: `much later, ${finding}` }
  }
  return ended(laboratory, seen.length * 2)
}

async function reordered(context: CheckContext): Promise<CheckResult> {
  const random = SeededRandom.of(context.crypto, "order", String(context.seed))
  let tries = 0
  for (let world = 0; world < 8; world++) {
    const established = await context.establish({ record: false, salt: `order ${world}` })
    const { laboratory, people } = established
    const utterances: Utterance[] = []
    for (let number = 0; number < said; number++)
      for (const by of speakersOf(context, established)) utterances.push(await utter(context, established, by, number))
    const held = shuffled(laboratory.hold(), random)
    tries += held.length
    for (const payload of held)
      for (const person of people) if (person.participant !== payload.by) await person.receive(payload)
    await laboratory.settle()
    const finding = unheard(established, utterances) ?? unequal(context, established) ?? faultOf(laboratory)
    if (finding !== undefined) return { verdict: "broken", finding }
  }
  return { verdict: "held", tries }
}

async function lost(context: CheckContext): Promise<CheckResult> {
  const random = SeededRandom.of(context.crypto, "loss", String(context.seed))
  let [tries, goesOn] = [0, true]
  for (let world = 0; world < 8; world++) {
    const established = await context.establish({ record: false, salt: `loss ${world}` })
    const { laboratory, people } = established
    const contents = new Set<string>()
    for (let number = 0; number < said; number++)
      for (const by of speakersOf(context, established)) {
        const { content } = await utter(context, established, by, number)
        if (content !== undefined) contents.add(toHex(content))
        for (const payload of laboratory.hold()) {
          tries++
          if ((random.draw(1)[0] as number) < 100) continue
          for (const person of people) if (person.participant !== payload.by) await person.receive(payload)
        }
      }
    for (const by of speakersOf(context, established)) {
      const { content } = await utter(context, established, by, "after")
      if (content !== undefined) contents.add(toHex(content))
      await laboratory.settle()
      goesOn &&= listeners(established, by).every((person) => hasHeard(person, content))
    }
    for (const person of people) {
      const heard = person.delivered.map(({ content }) => toHex(content))
      if (heard.some((content) => !contents.has(content)))
        return { verdict: "broken", finding: `${person.name} heard what nobody said` }
      if (new Set(heard).size !== heard.length)
        return { verdict: "broken", finding: `${person.name} heard something twice` }
    }
    const finding = faultOf(laboratory)
    if (finding !== undefined) return { verdict: "broken", finding }
  }
  return { verdict: "held", tries, facts: { "the next payload after a loss is": goesOn ? "heard" : "not heard" } }
}

/** What someone should have heard once, and did not. */
function unheard(established: Established, utterances: readonly Utterance[]): string | undefined {
  for (const { by, content, payloads } of utterances)
    for (const person of listeners(established, by)) {
      const times = content === undefined ? 1 : timesHeard(person, content)
      if (times !== 1)
        return `${person.name} heard what ${by.name} said ${times === 0 ? "not at all" : `${times} times`}: ${payloads.map(nameOf).join(", ")}`
    }
  return undefined
}

/** A type that promises an order gives each message one place, the same for its sender and for everybody who hears it. */
function unequal({ type }: CheckContext, { people }: Established): string | undefined {
  if (type.declaration.guarantees?.every(({ name }) => name !== "ordering") !== false) return undefined
  const places = new Map<string, number>()
  for (const person of people)
    for (const { message, lamport } of person.delivered) {
      const known = places.get(message)
      if (known !== undefined && known !== lamport)
        return `a message has two places in the log, ${known} and ${lamport}`
      places.set(message, lamport)
    }
  for (const { reactions, name } of people)
    for (const { outcome } of reactions)
      for (const effect of outcome.kind === "next" ? outcome.effects : [])
        if (effect.kind === "sent" && (places.get(effect.message) ?? effect.lamport) !== effect.lamport)
          return `${name} gives a message of his own another place than those who heard it`
  return undefined
}

/** Every piece of every machine, in one text. */
function stateText(person: Subject): string {
  return person
    .instances()
    .flatMap((instance) => Array.from(instance.pieces(), ([name, bytes]) => `${instance.id} ${name} ${toHex(bytes)}`))
    .sort()
    .join("\n")
}

function shuffled(payloads: readonly WirePayload[], random: SeededRandom): WirePayload[] {
  const order = payloads.map((payload) => ({ payload, place: toHex(random.draw(8)) }))
  return order.sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ payload }) => payload)
}

function ended(laboratory: Established["laboratory"], tries: number): CheckResult {
  const finding = faultOf(laboratory)
  return finding === undefined ? { verdict: "held", tries } : { verdict: "broken", finding }
}

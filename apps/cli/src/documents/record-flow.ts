import type { AnyConversationType, ConversationId } from "@colloquy/core"
import type { Flow, FlowArrow } from "@colloquy/specification"
import { type ConversationTypeFixture, type Laboratory, openLaboratory, type Subject } from "@colloquy/testing"

const seed = 1
const names = ["Saro", "Raya", "Pax"]

/** What goes over the wire when people of a laboratory begin to converse and each says something: the same at every call. */
export async function recordFlow(type: AnyConversationType, fixture: ConversationTypeFixture = {}): Promise<Flow> {
  const laboratory = await openLaboratory({ types: [type, ...(fixture.beside ?? [])], seed, record: false })
  const people: Subject[] = []
  for (const name of names.slice(0, Math.max(2, fixture.participants ?? 2))) people.push(await laboratory.person(name))
  const conversation = await (fixture.establish?.(laboratory, people) ?? begin(type, laboratory, people))
  await laboratory.settle()
  for (const person of people) {
    await (fixture.say?.(person, conversation, contentOf(person)) ?? speak(person, conversation))
    await laboratory.settle()
  }
  return { people: people.map(({ name }) => name), arrows: [...given(people), ...sent(laboratory)] }
}

async function begin(
  type: AnyConversationType,
  laboratory: Laboratory,
  [first, ...others]: readonly Subject[],
): Promise<ConversationId> {
  const introductions: Uint8Array[] = []
  for (const other of others) introductions.push(await other.introduce())
  const conversation = await (first as Subject).start(type.id, introductions, contentOf(first as Subject))
  await laboratory.settle()
  for (const person of laboratory.subjects)
    if (person.conversations.includes(conversation)) await person.allow(conversation)
  return conversation
}

async function speak(person: Subject, conversation: ConversationId): Promise<void> {
  if (person.conversations.includes(conversation)) await person.send(conversation, contentOf(person))
}

function contentOf({ name }: Subject): Uint8Array {
  return new TextEncoder().encode(`${name} speaks`)
}

/** An introduction goes by whatever way people have. */
function given([first, ...others]: readonly Subject[]): readonly FlowArrow[] {
  return others.map(({ name }) => ({ from: name, to: (first as Subject).name, label: "introduction", aside: true }))
}

function sent({ wire, subjects }: Laboratory): readonly FlowArrow[] {
  const kinds = subjects.map(publications)
  return wire.flatMap(({ by, type, payload }) => {
    const from = subjects.findIndex(({ participant }) => participant === by)
    const why = kinds[from]?.shift()
    const label = `${type}, ${payload.length.toLocaleString("en")} bytes${why === undefined ? "" : `: ${why}`}`
    return subjects
      .filter((_, index) => index !== from)
      .map(({ name }) => ({ from: subjects[from]?.name ?? "", to: name, label }))
  })
}

/** For each payload of a person, in order, what made it: the input, and for a carrier what it brings. */
function publications({ reactions }: Subject): string[] {
  const carried: string[] = []
  return reactions.flatMap(({ input, outcome }) => {
    if (outcome.kind !== "next") return []
    const { effects } = outcome
    for (const effect of effects)
      if (effect.kind === "carry") carried.push(`${effect.parcel.kind} of ${effect.parcel.type}`)
    const why = input === "carry" ? (carried.shift() ?? "a parcel") : (words[input] ?? input)
    return effects.filter(({ kind }) => kind === "publish").map(() => why)
  })
}

const words: Readonly<Record<string, string>> = {
  send: "content",
  wake: "in its own time",
  receive: "in answer",
  command: "a command",
  create: "a beginning",
}

import { ColloquyError, type ConversationId, type Crypto, fromBe64, utf8 } from "@colloquy/core"
import type { Subject } from "../laboratory/laboratory.js"
import { openLaboratory } from "../laboratory/open-laboratory.js"
import type { CheckContext, EstablishOptions } from "./check.js"
import type { Established } from "./fixture.js"

const names = ["saro", "raya", "pax"]

/** Opens a laboratory with a conversation of the type: see {@link CheckContext.establish}. */
export async function establish(
  context: Omit<CheckContext, "establish">,
  options: EstablishOptions = {},
): Promise<Established> {
  const { fixture, type, seed, crypto } = context
  const { participants = fixture.participants ?? 2, salt = "", record = true, inspect, types } = options
  const laboratory = await openLaboratory({
    types: types ?? [type, ...(fixture.beside ?? [])],
    seed: worldSeed(crypto, seed, salt),
    record,
    ...(inspect === undefined ? {} : { inspect }),
  })
  const people: Subject[] = []
  for (let index = 0; index < participants; index++)
    people.push(await laboratory.person(names[index] ?? `person-${index + 1}`))
  return { laboratory, people, conversation: await open(context, { laboratory, people }) }
}

/** One more conversation between the same people. */
export async function open(
  { fixture, type }: Pick<CheckContext, "fixture" | "type">,
  { laboratory, people }: Pick<Established, "laboratory" | "people">,
): Promise<ConversationId> {
  if (fixture.establish !== undefined) return fixture.establish(laboratory, people)
  const [first, ...others] = people
  if (first === undefined) throw new ColloquyError("FIXTURE_EMPTY", "a conversation has participants")
  const introductions: Uint8Array[] = []
  for (const other of others) introductions.push(await other.introduce())
  const conversation = await first.start(laboratory.types[0]?.id ?? type.id, introductions)
  await laboratory.settle()
  for (const person of people) if (person.conversations.includes(conversation)) await person.allow(conversation)
  await laboratory.settle()
  return conversation
}

/** One person says something: it is on its way then. */
export async function say(
  { fixture }: Pick<CheckContext, "fixture">,
  conversation: ConversationId,
  from: Subject,
  content: Uint8Array,
): Promise<void> {
  if (fixture.say !== undefined) return fixture.say(from, conversation, content)
  const { outcome } = await from.send(conversation, content)
  if (outcome.kind !== "next")
    throw new ColloquyError(outcome.code, `${from.name} could not say anything: ${outcome.code}`)
}

/** 48 bits that follow from a seed and a salt. */
function worldSeed(crypto: Crypto, seed: number, salt: string): number {
  const digest = crypto.hash(utf8(`colloquy/conformance ${seed} ${salt}`), 16)
  digest.fill(0, 0, 2)
  return fromBe64(digest)
}

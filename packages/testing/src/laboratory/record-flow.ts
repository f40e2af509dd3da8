import type { AnyConversationType } from "@colloquy/core"
import type { Laboratory, Subject } from "./laboratory.js"
import { openLaboratory } from "./open-laboratory.js"

/** Who sends what to whom, in order: a value that a document can show. */
export interface RecordedFlow {
  readonly people: readonly string[]
  readonly arrows: readonly {
    readonly from: string
    readonly to: string
    readonly label: string
    /** It goes by whatever way people have, not over the delivery service. */
    readonly aside?: boolean
  }[]
}

const seed = 1
const names = ["Saro", "Raya"]
const pauseMs = 5000

/**
 * What goes over the wire when two people of a laboratory begin to converse, each says something and some seconds pass: the same at every call.
 * Of a type that only carries, what it carries for one of those beside it.
 */
export async function recordFlow(
  type: AnyConversationType,
  beside: readonly AnyConversationType[],
): Promise<RecordedFlow> {
  const laboratory = await openLaboratory({ types: [type, ...beside], seed, record: false })
  const [saro, raya] = [await laboratory.person("Saro"), await laboratory.person("Raya")]
  const begun = type.conversation === undefined ? beside.find(({ conversation }) => conversation !== undefined) : type
  const conversation = await saro.start(begun?.id ?? type.id, [await raya.introduce()], contentOf(saro))
  await laboratory.settle()
  for (const person of [saro, raya]) if (person.conversations.includes(conversation)) await person.allow(conversation)
  for (const person of [raya, saro]) {
    await laboratory.settle()
    if (begun === type && person.conversations.includes(conversation))
      await person.send(conversation, contentOf(person))
  }
  await laboratory.settle()
  if (begun === type) await laboratory.pass(pauseMs)
  await laboratory.settle()
  const arrows = sent(laboratory).filter(({ label }) => begun === type || label.startsWith(`${type.id},`))
  const introduction = { from: raya.name, to: saro.name, label: "introduction", aside: true }
  return { people: names, arrows: arrows.length === 0 ? [] : [introduction, ...arrows] }
}

function contentOf({ name }: Subject): Uint8Array {
  return new TextEncoder().encode(`${name} speaks`)
}

function sent({ wire, subjects }: Laboratory): RecordedFlow["arrows"] {
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
      if (effect.kind === "carry") carried.push(`${effect.parcel.kind} for ${effect.parcel.type}`)
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

import { equalBytes, toHex, utf8 } from "@colloquy/core"
import type { Arrival, Inspector, InstanceView, Laboratory, Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { CheckContext, EstablishOptions } from "../check.js"
import { say } from "../establish.js"
import type { Established } from "../fixture.js"

const hourMs = 3_600_000

/** One thing that was said, and what was published for it at once. */
export interface Utterance {
  readonly by: Subject
  /** What everybody else should hear; `undefined` for a command. */
  readonly content: Uint8Array | undefined
  /** `send`, or the command. */
  readonly word: string
  readonly payloads: readonly WirePayload[]
}

export interface Rehearsal extends Established {
  readonly utterances: readonly Utterance[]
}

/** Text that stands nowhere else. */
function contentOf(
  { crypto, seed }: Pick<CheckContext, "crypto" | "seed">,
  ...what: readonly (string | number)[]
): Uint8Array {
  return utf8(toHex(crypto.hash(utf8(`content ${seed} ${what.join(" ")}`), 16)))
}

/** Everything that the type can say, everybody in turn, with time in between; all of it arrives. */
export async function rehearse(
  context: CheckContext,
  options: {
    readonly establish?: EstablishOptions
    readonly inspect?: Inspector
    /** Called between any two moves. */
    between?(laboratory: Laboratory): void
    readonly rounds?: number
    /** How much time passes then, before everybody says everything once more. */
    readonly afterMs?: number
  } = {},
): Promise<Rehearsal> {
  const { inspect, between, rounds = 2, afterMs = 0 } = options
  const established = await context.establish({
    record: false,
    ...options.establish,
    ...(inspect === undefined ? {} : { inspect }),
  })
  const { laboratory, people } = established
  const utterances: Utterance[] = []
  const everybody = async (round: number): Promise<void> => {
    for (const by of speakersOf(context, established)) {
      between?.(laboratory)
      utterances.push(await utter(context, established, by, round))
      between?.(laboratory)
      await laboratory.settle()
    }
    for (const command of context.fixture.commands ?? [])
      for (const by of people) {
        between?.(laboratory)
        utterances.push(await order(context, established, by, command))
        between?.(laboratory)
        await laboratory.settle()
      }
    between?.(laboratory)
    await laboratory.pass(60_000)
    await laboratory.settle()
  }
  for (let round = 0; round < rounds; round++) await everybody(round)
  for (let passed = 0; passed < afterMs && laboratory.faults.length === 0; passed += hourMs) {
    await laboratory.pass(hourMs)
    await laboratory.settle()
  }
  if (afterMs > 0) await everybody(rounds)
  return { ...established, utterances }
}

/** One person says something; it is on its way then, and what of it is the type's own is told. */
export async function utter(
  context: CheckContext,
  established: Established,
  by: Subject,
  ...what: readonly (string | number)[]
): Promise<Utterance> {
  const { laboratory, conversation } = established
  const content = contentOf(context, by.name, laboratory.wire.length, ...what)
  const before = laboratory.wire.length
  await say(context, conversation, by, content)
  return { by, content, word: "send", payloads: ownPayloads(context, laboratory, before) }
}

/** One person gives a command of the fixture. One that he may not give is no finding. */
export async function order(
  context: CheckContext,
  { laboratory, conversation }: Established,
  by: Subject,
  { name, body }: { readonly name: string; readonly body: unknown },
): Promise<Utterance> {
  const before = laboratory.wire.length
  await by.command(conversation, name, body)
  return { by, content: undefined, word: name, payloads: ownPayloads(context, laboratory, before) }
}

/** Payloads of the type under test from a place on the wire. */
export function ownPayloads({ type }: Pick<CheckContext, "type">, { wire }: Laboratory, from = 0): WirePayload[] {
  return wire.slice(from).filter((payload) => payload.type === type.id)
}

/** The instances of a person that expect a payload, as it would be led to them. */
export function expecting(person: Subject, { topic, hint }: Arrival): readonly InstanceView[] {
  const instances = person.instances()
  const byHint =
    hint &&
    instances.filter(({ listening }) =>
      listening.some((route) => route.topic === topic && route.hint !== undefined && toHex(route.hint) === toHex(hint)),
    )
  if (byHint !== undefined && byHint.length > 0) return byHint
  return instances.filter(({ listening }) =>
    listening.some((route) => route.topic === topic && route.hint === undefined),
  )
}

/** Those who can say something. */
export function speakersOf(
  { fixture }: Pick<CheckContext, "fixture">,
  { people, conversation }: Pick<Established, "people" | "conversation">,
): readonly Subject[] {
  if (fixture.say !== undefined) return people
  return people.filter((person) => person.view(conversation)?.can.send !== false)
}

/** Everyone but the one who said it. */
export function listeners({ people }: Pick<Established, "people">, { participant }: Subject): readonly Subject[] {
  return people.filter((person) => person.participant !== participant)
}

/** How often content came out, of whichever conversation. */
export function timesHeard({ delivered }: Subject, content: Uint8Array): number {
  return delivered.filter((heard) => equalBytes(heard.content, content)).length
}

export function hasHeard(person: Subject, content: Uint8Array | undefined): boolean {
  return content === undefined || timesHeard(person, content) > 0
}

/** How a report names a payload. */
export function nameOf({ number, payload }: Pick<WirePayload, "number" | "payload">): string {
  return `payload ${number} (${payload.length} bytes, ${toHex(payload.subarray(0, 6))}…)`
}

/** How a report names what went wrong in a run, beside what it was looking for. */
export function faultOf({ faults }: Laboratory): string | undefined {
  const [fault] = faults
  return fault && `${fault.type} answered ${fault.input} with ${fault.code}: ${fault.message}`
}

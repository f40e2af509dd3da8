import {
  codeOf,
  ColloquyError,
  type ConversationId,
  type Participant,
  participantKey,
  toBase64url,
  type TypeId,
  utf8,
} from "@colloquy/core"
import type { Arrival, Laboratory, Reaction, Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { CheckContext, EstablishOptions } from "../check.js"
import { open, say } from "../establish.js"
import type { Established } from "../fixture.js"
import { includes } from "./bytes-inside.js"
import { Knowledge } from "./knowledge.js"
import { type RuleBook, ruleBook } from "./rules.js"

/** Something that was said: random text that stands nowhere else, so that whoever has it has read it. */
export interface Said {
  readonly by: Subject
  readonly marker: Uint8Array
  /** What was published for it at once. */
  readonly payloads: readonly WirePayload[]
}

/** Where a marker came out of a machine, and who that machine says it is from. */
export interface Heard {
  readonly reaction: Reaction
  readonly effect: string
  readonly from: Participant | undefined
}

/** An open conversation in a laboratory, and what was said in it. */
export class Scene {
  readonly context: CheckContext
  readonly laboratory: Laboratory
  readonly people: readonly Subject[]
  readonly conversation: ConversationId
  readonly said: Said[] = []
  /** Payloads of the establishment stand before this number on the wire. */
  readonly established: number
  #markers = 0

  constructor(context: CheckContext, { laboratory, people, conversation }: Established, established?: number) {
    this.context = context
    this.laboratory = laboratory
    this.people = people
    this.conversation = conversation
    this.established = established ?? laboratory.wire.length
  }

  static async open(context: CheckContext, options: EstablishOptions = {}): Promise<Scene> {
    return new Scene(context, await context.establish(options))
  }

  /** Text of 43 letters, or of as many as wanted, that nobody can guess. */
  marker(length = 43): Uint8Array {
    const { crypto, seed } = this.context
    let text = ""
    while (text.length < length)
      text += toBase64url(crypto.hash(utf8(`marker ${seed} ${this.#markers++} ${this.laboratory.wire.length}`), 32))
    return utf8(text.slice(0, length))
  }

  /** One person says something. It is on its way then, and not delivered. */
  async say(by: Subject, length?: number): Promise<Said> {
    const marker = this.marker(length)
    const before = this.laboratory.wire.length
    await this.speak(by, marker)
    const said = { by, marker, payloads: this.laboratory.wire.slice(before) }
    this.said.push(said)
    return said
  }

  speak(by: Subject, content: Uint8Array): Promise<void> {
    return say(this.context, this.conversation, by, content)
  }

  /** Everybody says something in turn, and all of it arrives, so many times. */
  async converse(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++)
      for (const person of this.people) {
        await this.say(person)
        await this.laboratory.settle()
      }
  }

  /** The same scene in a world of its own, in which randomness goes on differently if there is a salt. */
  fork(salt?: string): Scene {
    const laboratory = this.laboratory.fork(salt)
    laboratory.recording = false
    const people = this.people.map(({ name }) => byName(laboratory, name))
    return new Scene(this.context, { laboratory, people, conversation: this.conversation }, this.established)
  }

  /** The person of the same name in this scene. */
  twin({ name }: Pick<Subject, "name">): Subject {
    return byName(this.laboratory, name)
  }

  /** A further conversation in the same laboratory, of the same people if there are no others. */
  async another(people: readonly Subject[] = this.people): Promise<Established> {
    const { laboratory } = this
    return { laboratory, people, conversation: await open(this.context, { laboratory, people }) }
  }

  /** Time passes in so many steps, and what comes of it is delivered after each. */
  async rest(ms: number, steps = 12): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.laboratory.pass(ms / steps)
      await this.laboratory.settle()
    }
  }

  /** Someone else, who has a conversation of the type with each of the first two, as far as the type lets him. */
  async befriended(name: string): Promise<Subject> {
    const friend = await this.laboratory.person(name)
    for (const person of this.people.slice(0, 2))
      await trying(async () => {
        const other = new Scene(this.context, await this.another([friend, person]))
        await other.speak(friend, this.marker())
        await this.laboratory.settle()
      })
    return friend
  }

  /** Everybody does each thing that the type can do besides saying something, as far as it lets them. It is on its way then. */
  async command(): Promise<readonly WirePayload[]> {
    const before = this.laboratory.wire.length
    for (const person of this.people)
      for (const { name, body } of this.context.fixture.commands ?? [])
        if (person.instance(this.conversation) !== undefined)
          await trying(() => person.command(this.conversation, name, body))
    return this.payloads(before)
  }

  /** A conversation as it goes: talk, some minutes of rest, everything else that the type can do, and talk again. */
  async live(): Promise<void> {
    await this.converse(2)
    await this.rest(3 * 60_000, 6)
    await this.command()
    await this.laboratory.settle()
    await this.converse(2)
  }

  /** Those who hear a person. */
  othersThan(person: Subject): readonly Subject[] {
    return this.people.filter(({ name }) => name !== person.name)
  }

  /** Payloads of the type under attack. */
  payloads(from = 0): readonly WirePayload[] {
    return this.laboratory.wire.slice(from).filter(({ type }) => type === this.context.type.id)
  }

  /** The rules of all that was recorded so far. */
  rules(): RuleBook {
    const identities = this.laboratory.subjects.map((subject) => ({
      participant: subject.participant,
      seed: subject.steal().identitySeed,
    }))
    const markers = this.said.map(({ marker }) => marker)
    return ruleBook(this.laboratory.trace, identities, markers, this.context.crypto)
  }

  /**
   * An attacker who has recorded the wire, and knows everybody's public key and introduction. What was said is his only when he computes it, or
   * when it is on the wire.
   */
  observer(
    book: RuleBook,
    options: {
      readonly introductions?: boolean
      readonly hidesMarkers?: boolean
      /** How many payloads he recorded; all of them by default. */
      readonly recorded?: number
    } = {},
  ): Knowledge {
    const { introductions = true, hidesMarkers = false, recorded } = options
    const knowledge = new Knowledge(book, hidesMarkers ? this.said.map(({ marker }) => marker) : [])
    for (const { participant } of this.laboratory.subjects) {
      const key = participantKey(participant)
      knowledge.give(key, "an identity key")
      knowledge.give(this.context.crypto.agreementPublicKey(key) ?? key, "an identity key")
    }
    for (const payload of this.laboratory.wire.slice(0, recorded)) {
      knowledge.give(payload.payload, nameOf(payload))
      if (payload.hint !== undefined) knowledge.give(payload.hint, `the hint of ${nameOf(payload)}`)
      knowledge.give(utf8(payload.topic), `the topic of ${nameOf(payload)}`)
    }
    if (introductions) for (const bytes of this.laboratory.introductions) knowledge.give(bytes, "an introduction")
    return knowledge
  }

  /**
   * Whether the trace shows how everything that was said is protected: an attacker with all randomness and all identities must reach it. Else the
   * attacks through the trace say nothing about the type.
   */
  isTraced(book: RuleBook): boolean {
    const everything = this.observer(book, { hidesMarkers: true })
    for (const subject of this.laboratory.subjects) everything.give(subject.steal().identitySeed, "an identity")
    for (const { name, outputs } of this.laboratory.trace.operations)
      if (name === "random") for (const drawn of Object.values(outputs)) everything.give(drawn, "a draw")
    everything.close()
    return this.said.every(({ marker }) => everything.knows(marker))
  }
}

/** What fails with a code was refused, which is as good here. */
export async function trying(act: () => Promise<unknown>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (codeOf(error) === undefined) throw error
  }
}

/** How a report names a payload. */
export function nameOf({ number, payload }: Pick<WirePayload, "number" | "payload">): string {
  const digits = Array.from(payload.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join("")
  return `payload ${number} (${payload.length} bytes, ${digits}…)`
}

/** Where a marker comes out of a subject's machines, as content, notice, handed-over parcel or invite, from a reaction on. */
export function heardIn(
  { reactions }: Pick<Subject, "reactions">,
  marker: Uint8Array,
  { since = 0, type }: { readonly since?: number; readonly type?: TypeId } = {},
): readonly Heard[] {
  return reactions.slice(since).flatMap((reaction) => {
    if (reaction.outcome.kind !== "next" || (type !== undefined && reaction.type !== type)) return []
    return reaction.outcome.effects
      .filter((effect) => comesOut.includes(effect.kind) && contains(effect, marker))
      .map((effect) => ({ reaction, effect: effect.kind, from: attributedTo(effect) }))
  })
}

/** Effects that tell something to the application or to another type, as if it were true. */
const comesOut = ["deliver", "notice", "handover", "begin"]

/** Who is said to have sent what an effect tells. */
export function attributedTo(effect: { readonly kind: string }): Participant | undefined {
  if (!comesOut.includes(effect.kind)) return undefined
  const { from, body } = effect as { readonly from?: Participant; readonly body?: { readonly by?: Participant } }
  return from ?? body?.by
}

/** How often a marker came out of the same machine in the same way: once at most, whatever arrives. */
export function timesHeard(subject: Pick<Subject, "reactions">, marker: Uint8Array): number {
  const counts = new Map<string, number>()
  for (const { reaction, effect } of heardIn(subject, marker)) {
    const key = `${reaction.instance} ${effect}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

/** Whether bytes, or text, stand anywhere in a value. */
function contains(value: unknown, bytes: Uint8Array): boolean {
  if (value instanceof Uint8Array) return includes(value, bytes)
  if (typeof value === "string") return includes(utf8(value), bytes)
  if (value instanceof Map) return [...value].some((entry) => contains(entry, bytes))
  if (typeof value !== "object" || value === null) return false
  return Object.values(value).some((item) => contains(item, bytes))
}

/** Everything that a subject's machines keep, in one text: equal when nothing has changed. */
export function stateOf(subject: Subject): string {
  const { instances } = subject.steal()
  return [...instances]
    .map(([id, { pieces }]) =>
      [id, ...Array.from(pieces, ([name, bytes]) => `${name}=${bytes.join()}`).sort()].join("\n"),
    )
    .join("\n\n")
}

/** A payload as a delivery service hands it on. */
export function arrivalOf({ topic, hint, payload }: Pick<WirePayload, "topic" | "hint" | "payload">): Arrival {
  return hint === undefined ? { topic, payload: payload.slice() } : { topic, hint, payload: payload.slice() }
}

function byName(laboratory: Laboratory, name: string): Subject {
  const found = laboratory.subjects.find((subject) => subject.name === name)
  if (found === undefined) throw new ColloquyError("PERSON_UNKNOWN", "nobody in this laboratory has this name")
  return found
}

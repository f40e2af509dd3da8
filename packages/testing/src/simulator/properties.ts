import type { ConversationId } from "@colloquy/core"
import { type ClientEvent, type Message, text } from "colloquy"
import { describeEvent, type Person } from "./person.js"

/** What one person's client says at the end, all of it read anew. */
export interface Account {
  readonly person: Person
  readonly logs: ReadonlyMap<ConversationId, readonly Message[]>
  readonly events: readonly ClientEvent[]
  /** Records that wait to be published, judged or claimed, and their bytes. */
  readonly waiting: { readonly records: number; readonly bytes: number }
}

export interface Expectations {
  /** Whether the types acknowledge: then every message of ours must be acknowledged at the end. */
  readonly acknowledged: boolean
}

/** A ring has 4 MiB; nobody says so much that the rest of what waits would count. */
const waitingBytesMax = 5 * 1024 * 1024
const waitingRecordsMax = 1000

/** What is said of too much that waits. */
export function overfull({ records, bytes }: Account["waiting"]): readonly string[] {
  if (records <= waitingRecordsMax && bytes <= waitingBytesMax) return []
  return [`${records} records of ${bytes} B wait`]
}

/** What must hold at the end of every run. The lines that come back say what does not. */
export function violations(left: Account, right: Account, expected: Expectations): readonly string[] {
  const found: string[] = []
  for (const account of [left, right]) {
    for (const fault of account.person.faults) found.push(`${account.person.name}: ${fault}`)
    found.push(
      ...sayingsOf(account, expected),
      ...noInvention(account, account === left ? right : left),
      ...eventsOf(account),
      ...ofStates(account),
      ...quiet(account),
    )
  }
  found.push(...convergence(left, right))
  return found
}

/**
 * Both have the same messages, and any two lists the same order of what is in both: two people who began at once may have one thread where the
 * other has two.
 */
function* convergence(left: Account, right: Account): Generator<string> {
  const [ours, theirs] = [left, right].map(({ logs }) => new Set([...logs.values()].flat().map(lineOf)))
  for (const line of ours ?? []) if (theirs?.has(line) !== true) yield `convergence: ${right.person.name} lacks ${line}`
  for (const line of theirs ?? []) if (ours?.has(line) !== true) yield `convergence: ${left.person.name} lacks ${line}`
  for (const a of left.logs.values())
    for (const b of right.logs.values()) {
      const [first, second] = [a.map(lineOf), b.map(lineOf)]
      const inBoth = (lines: readonly string[], others: readonly string[]): string =>
        lines.filter((line) => others.includes(line)).join("\n")
      if (inBoth(first, second) !== inBoth(second, first)) yield "convergence: the same messages in another order"
    }
}

/** What a person was told to be durable is there, once, and did not fail. */
function* sayingsOf({ person, logs }: Account, expected: Expectations): Generator<string> {
  const log = [...logs.values()].flat()
  for (const { id, text: words } of person.sayings) {
    if (id === undefined) continue
    const same = log.filter((message) => message.direction === "out" && textOf(message) === words)
    const [message] = same
    if (message === undefined) yield `${person.name}: "${words}" was taken and is gone`
    else if (same.length > 1) yield `${person.name}: "${words}" was said ${same.length} times`
    else if (message.id !== id) yield `${person.name}: "${words}" has another id`
    else if (message.state === "failed") yield `${person.name}: "${words}" failed: ${message.code ?? ""}`
    else if (message.state === "queued") yield `${person.name}: "${words}" is still queued`
    else if (expected.acknowledged && message.state !== "acknowledged")
      yield `${person.name}: "${words}" is still ${message.state}`
  }
}

/** Every message is one that its sender said, and stands in a log once; who acknowledged it has it. */
function* noInvention({ person, logs }: Account, other: Account): Generator<string> {
  const theirs = new Set([...other.logs.values()].flat().map(({ id }) => id))
  const texts = new Set<string>()
  for (const log of logs.values()) {
    for (const message of log) {
      const words = textOf(message)
      const speaker = message.direction === "out" ? person : other.person
      if (message.sender !== speaker.participant) yield `${person.name}: "${words}" has a foreign sender`
      if (!speaker.sayings.some((saying) => saying.text === words)) yield `${person.name}: "${words}" was never said`
      if (texts.has(words)) yield `${person.name}: "${words}" is there twice`
      texts.add(words)
      if (message.state === "acknowledged" && !theirs.has(message.id))
        yield `${person.name}: "${words}" is acknowledged by someone who does not have it`
    }
  }
}

/** Each event once, in order; the application's reader saw the same as one who reads it all at the end. */
function* eventsOf({ person, events, logs }: Account): Generator<string> {
  let last = 0
  const delivered = new Map<string, number>()
  for (const event of events) {
    if (Number(event.cursor) <= last) yield `${person.name}: events are out of order`
    last = Number(event.cursor)
    if (!person.seen.has(event.cursor)) yield `${person.name}: the application never saw ${describeEvent(event)}`
    if (event.type === "message") delivered.set(event.message.id, (delivered.get(event.message.id) ?? 0) + 1)
    if (event.type === "undelivered") yield `${person.name}: a parcel was undelivered: ${event.code}`
    if (event.type === "unknown") yield `${person.name}: an unknown ${event.what}`
  }
  // Events are not kept for ever.
  const first = Number(events[0]?.cursor ?? 0)
  for (const cursor of person.seen.keys())
    if (Number(cursor) >= first && !events.some((event) => event.cursor === cursor))
      yield `${person.name}: an event that was seen is gone: ${describeEvent(person.seen.get(cursor) as ClientEvent)}`
  for (const message of [...logs.values()].flat()) {
    const times = delivered.get(message.id) ?? 0
    if (times !== (message.direction === "in" ? 1 : 0))
      yield `${person.name}: "${textOf(message)}" was delivered ${times} times`
  }
}

const legal = ["queued", "published", "acknowledged"]

/** queued, then published, then acknowledged, or failed at any point; each once, the last as the message says. */
function* ofStates({ person, events, logs }: Account): Generator<string> {
  for (const message of [...logs.values()].flat()) {
    const states = events.flatMap((event) =>
      event.type === "state" && event.message === message.id ? [event.state] : [],
    )
    if (message.direction === "in") {
      const turns = states.filter((state, index) => state !== (index % 2 === 0 ? "missing" : "recovered"))
      if (turns.length > 0) yield `${person.name}: "${textOf(message)}" went ${states.join(", ")}`
      continue
    }
    const places = states.map((state) => (state === "failed" ? legal.length : legal.indexOf(state)))
    const rises = places.every((place, index) => place > (places[index - 1] ?? -1))
    if (!rises || states[0] !== "queued" || states.at(-1) !== message.state)
      yield `${person.name}: "${textOf(message)}" is ${message.state} and went ${states.join(", ")}`
  }
}

/** Nothing is left over, and nothing that was said or is secret stands in a log line. */
function* quiet({ person, waiting }: Account): Generator<string> {
  for (const words of overfull(waiting)) yield `${person.name}: ${words} at the end`
  for (const line of person.logs)
    if (/[0-9a-fA-F]{20}|[A-Za-z0-9_-]{40}/.test(line) || line.includes(`${person.name} says`))
      yield `${person.name}: a log line tells too much: ${line}`
}

function lineOf(message: Message): string {
  return `${message.id} ${message.sender} "${textOf(message)}"`
}

function textOf({ content }: Message): string {
  return text.is(content) ? content.text : "?"
}

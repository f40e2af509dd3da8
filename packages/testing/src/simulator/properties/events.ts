import type { Message } from "@colloquy/client"
import { describeEvent, wordsOf } from "../people/describe.js"
import type { Talk } from "../talk.js"
import { type Account, listsOf, type Outcome, type Violation, violation } from "./account.js"
import { mayLack } from "./erasure.js"

/** Each event once, in order; the application's reader saw the same as one who reads it all at the end. */
export function* events(outcome: Outcome): Generator<Violation> {
  for (const account of outcome.accounts) {
    yield* seen(account)
    for (const talk of outcome.talks) yield* delivered(account, talk, outcome)
    for (const talk of outcome.talks) yield* fates(account, talk, outcome)
  }
}

function* seen({ person, events: all }: Account): Generator<Violation> {
  const { name, reader } = person
  let last = 0
  for (const event of all) {
    const cursor = Number(event.cursor)
    if (cursor <= last) yield violation("events", `${name}: events are out of order`)
    last = cursor
    if (!reader.seen.has(event.cursor) && cursor >= reader.first)
      yield violation("events", `${name}: the application never saw ${describeEvent(event)}`)
    if (event.type === "undelivered" && person.recall.lives === 1)
      yield violation("events", `${name}: a parcel was undelivered: ${event.code}`)
    if (event.type === "unknown") yield violation("events", `${name}: an unknown ${event.what}`)
  }
  // Events are not kept for ever, and one that tells of a message is gone with it.
  const first = Number(all[0]?.cursor ?? 0)
  const now = new Set(all.map(({ cursor }) => cursor))
  for (const [cursor, event] of reader.seen) {
    const mayGo = event.type === "message" || event.type === "conversation" || event.type === "notice"
    if (Number(cursor) >= first && first > 0 && !now.has(cursor) && !mayGo)
      yield violation("events", `${name}: an event that was seen is gone: ${describeEvent(event)}`)
  }
}

/** Each message of somebody else's was told of once. */
function* delivered(account: Account, talk: Talk, outcome: Outcome): Generator<Violation> {
  const { person } = account
  const times = new Map<string, number>()
  for (const event of person.reader.seen.values())
    if (event.type === "message") times.set(event.message.id, (times.get(event.message.id) ?? 0) + 1)
  for (const message of listsOf(account, talk, outcome).flat()) {
    const told = times.get(message.id) ?? 0
    const isOurs = message.direction === "out"
    const most = isOurs ? 0 : 1
    // Of what another disk brought, or what came while it was away too long, the application was not told.
    const least = isOurs || person.reader.missed || person.recall.lives > 1 ? 0 : 1
    if (told > most || (told < least && !mayLack(account, talk, message)))
      yield violation("events", `${person.name}: "${wordsOf(message)}" was delivered ${told} times`)
  }
}

const dayMs = 86_400_000
const places = ["queued", "published", "acknowledged"]

/** queued, then published, then acknowledged, or failed at any point; each once, the last as the message says. */
function* fates(account: Account, talk: Talk, outcome: Outcome): Generator<Violation> {
  const { person, events: all } = account
  const states = new Map<string, string[]>()
  for (const event of all) {
    if (event.type !== "state") continue
    const known = states.get(event.message) ?? []
    known.push(event.state)
    states.set(event.message, known)
  }
  for (const message of listsOf(account, talk, outcome).flat()) {
    const went = states.get(message.id) ?? []
    const text = `${person.name}: "${wordsOf(message)}" is ${message.state} and went ${went.join(", ")}`
    if (message.direction === "in") {
      const turns = went.filter((state, index) => state !== (index % 2 === 0 ? "missing" : "recovered"))
      if (turns.length > 0) yield violation("fate", text)
    } else if (!isLegal(message, went, isWholeStory(message, account))) yield violation("fate", text)
  }
}

/** Whether all of a message's events must still be there: they are kept for 30 days, and clocks are set. */
function isWholeStory({ timestampMs }: Message, { person }: Account): boolean {
  return person.recall.lives === 1 && timestampMs > person.nowMs - 22 * dayMs
}

function isLegal(message: Message, went: readonly string[], isWhole: boolean): boolean {
  const steps = went.map((state) => (state === "failed" ? places.length : places.indexOf(state)))
  // What was put back as failed may still come to be known as published.
  const from = message.state !== "failed" && went[0] === "failed" ? steps.slice(1) : steps
  const rises = from.every((place, index) => place > (from[index - 1] ?? -1))
  if (!rises) return false
  if (isWhole && went[0] !== "queued") return false
  return went.length === 0 ? !isWhole : went.at(-1) === message.state
}

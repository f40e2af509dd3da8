import type { Message } from "@colloquy/client"
import { textOf, wordsOf } from "../people/describe.js"
import type { Saying } from "../people/recall.js"
import type { Person } from "../people/person.js"
import type { Talk } from "../talk.js"
import { type Account, listsOf, type Outcome, type Violation, violation } from "./account.js"
import { mayLack } from "./erasure.js"

/** What a person was told to be durable is there, once, and came as far as it must. */
export function* durability(outcome: Outcome): Generator<Violation> {
  for (const account of outcome.accounts)
    for (const saying of account.person.recall.sayings) yield* ofSaying(account, saying, outcome)
}

function* ofSaying(account: Account, saying: Saying, outcome: Outcome): Generator<Violation> {
  const { person } = account
  const talk = outcome.talks[saying.talk] as Talk
  const name = `${person.name}: "${saying.words}"`
  if (saying.id === undefined) {
    if (saying.key !== undefined && saying.refused === undefined && talk.whole)
      yield violation("durability", `${name} could never be said`)
    return
  }
  // What another disk was told is on that disk.
  if (saying.life !== person.recall.lives || person.recall.removed.has(saying.talk)) return
  const same = listsOf(account, talk, outcome)
    .flat()
    .filter((message) => message.direction === "out" && textOf(message) === saying.text)
  const [message] = same
  if (message === undefined) {
    const erased = { id: saying.id, timestampMs: 0 }
    if (!mayLack(account, talk, erased)) yield violation("durability", `${name} was taken and is gone`)
    return
  }
  if (same.length > 1) yield violation("duplicates", `${name} was said ${same.length} times`)
  if (message.id !== saying.id) yield violation("durability", `${name} has another id`)
  if (talk.whole) yield* ofFate(name, message, saying, talk)
}

function* ofFate(name: string, message: Message, saying: Saying, talk: Talk): Generator<Violation> {
  const { state, code } = message
  const isWithdrawn = state === "failed" && code === "CANCELLED"
  if (saying.cancelled === "done" && !isWithdrawn) yield violation("fate", `${name} was withdrawn and is ${state}`)
  if (isWithdrawn && saying.cancelled !== undefined) return
  if (state === "failed") yield violation("fate", `${name} failed: ${code ?? ""}`)
  else if (state === "queued") yield violation("fate", `${name} is still queued`)
  else if (talk.type.acknowledges && state !== "acknowledged") yield violation("fate", `${name} is still ${state}`)
}

/** Every message is one that its sender said in this talk, and stands in a log once; who acknowledged it has it. */
export function* invention(outcome: Outcome): Generator<Violation> {
  const speakers = new Map<string, { readonly person: Person; readonly saying: Saying }>()
  for (const { person } of outcome.accounts)
    for (const saying of person.recall.sayings) speakers.set(saying.text, { person, saying })
  for (const account of outcome.accounts) {
    const { name } = account.person
    for (const talk of outcome.talks) {
      const ids = new Set<string>()
      for (const message of listsOf(account, talk, outcome).flat()) {
        const words = wordsOf(message)
        const spoken = speakers.get(textOf(message))
        if (spoken === undefined) yield violation("invention", `${name}: "${words}" was never said`)
        else if (message.sender !== spoken.person.participant)
          yield violation("invention", `${name}: "${words}" has a foreign sender`)
        else if (spoken.saying.talk !== talk.number)
          yield violation("invention", `${name}: "${words}" is in a foreign talk`)
        if ((message.direction === "out") !== (message.sender === account.person.participant))
          yield violation("invention", `${name}: "${words}" has a wrong direction`)
        if (ids.has(textOf(message))) yield violation("duplicates", `${name}: "${words}" is there twice`)
        ids.add(textOf(message))
        if (message.direction === "out" && message.state === "acknowledged")
          yield* acknowledged(message, account, talk, outcome)
      }
    }
  }
}

/** What somebody acknowledged he has, or has had. */
function* acknowledged(message: Message, account: Account, talk: Talk, outcome: Outcome): Generator<Violation> {
  // After a rollback a number may be one that the peer has heard under another message.
  if (talk.harms.has("rollback")) return
  const others = talk.plan.members.filter((who) => who !== account.person.number)
  const hasIt = others.some((who) => {
    const other = outcome.accounts[who] as Account
    if (other.person.recall.lives > 1 || other.person.recall.removed.has(talk.number)) return true
    return (
      mayLack(other, talk, message) ||
      listsOf(other, talk, outcome)
        .flat()
        .some(({ id }) => id === message.id)
    )
  })
  if (!hasIt)
    yield violation(
      "acknowledgement",
      `${account.person.name}: "${wordsOf(message)}" is acknowledged by someone who does not have it`,
    )
}

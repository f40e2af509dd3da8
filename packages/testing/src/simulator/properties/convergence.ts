import type { Message } from "@colloquy/client"
import { textOf, wordsOf } from "../people/describe.js"
import type { Talk } from "../talk.js"
import { type Account, listsOf, type Outcome, type Violation, violation } from "./account.js"
import { mayLack } from "./erasure.js"

/**
 * Who is in a talk has the same messages, and any two lists the same order of what is in both: two people who began at once may have one thread
 * where the other has two.
 */
export function* convergence(outcome: Outcome): Generator<Violation> {
  for (const talk of outcome.talks) {
    const members = talk.plan.members.map((who) => outcome.accounts[who] as Account)
    for (const [index, one] of members.entries())
      for (const other of members.slice(index + 1)) {
        if (talk.whole) {
          yield* lacking(one, other, talk, outcome)
          yield* lacking(other, one, talk, outcome)
        }
        yield* order(one, other, talk, outcome)
      }
  }
}

function* lacking(one: Account, other: Account, talk: Talk, outcome: Outcome): Generator<Violation> {
  const has = new Set(listsOf(other, talk, outcome).flat().map(lineOf))
  for (const message of listsOf(one, talk, outcome).flat()) {
    if (has.has(lineOf(message)) || isPrivate(message) || mayLack(other, talk, message)) continue
    // Whoever denies a person begins nothing with him meanwhile.
    if (other.person.recall.denied.has(talk.number) && one.person.recall.founding.has(textOf(message))) continue
    yield violation("convergence", `${other.person.name} lacks ${nameOf(message)}`)
  }
}

/** What was withdrawn is its author's alone. */
function isPrivate({ state, code }: Message): boolean {
  return state === "failed" && code === "CANCELLED"
}

function* order(one: Account, other: Account, talk: Talk, outcome: Outcome): Generator<Violation> {
  for (const a of listsOf(one, talk, outcome))
    for (const b of listsOf(other, talk, outcome)) {
      const [ours, theirs] = [a.map(lineOf), b.map(lineOf)]
      const [inOurs, inTheirs] = [new Set(ours), new Set(theirs)]
      const ofOurs = ours.filter((line) => inTheirs.has(line))
      const ofTheirs = theirs.filter((line) => inOurs.has(line))
      if (ofOurs.join("\n") !== ofTheirs.join("\n"))
        yield violation("order", `${one.person.name} and ${other.person.name} have the same messages in another order`)
    }
}

function lineOf(message: Message): string {
  return `${message.id} ${message.sender} ${textOf(message)}`
}

function nameOf(message: Message): string {
  return `${message.id.slice(0, 8)} "${wordsOf(message)}"`
}

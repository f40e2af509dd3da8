import type { Message } from "@colloquy/client"
import { wordsOf } from "../people/describe.js"
import type { Talk } from "../talk.js"
import { type Account, type Outcome, type Violation, violation } from "./account.js"

/** How late a message may disappear that a clock has come to. */
const lateMaxMs = 2 * 3_600_000
/** Clocks are at most so far apart, jumps included. */
const apartMaxMs = 30 * 24 * 3_600_000

/** Whether somebody may be without a message that there was: he erased it, it disappeared, or he has another disk now. */
export function mayLack({ person }: Account, talk: Talk, message: Pick<Message, "id" | "timestampMs">): boolean {
  const { erasing, vanishing } = person.recall
  if (erasing.has(message.id)) return true
  const vanishes = vanishing.get(talk.number)
  return vanishes !== undefined && message.timestampMs + vanishes.shortestMs <= person.nowMs + apartMaxMs
}

/** What was erased is gone, and what was to disappear has. */
export function* erasure(outcome: Outcome): Generator<Violation> {
  for (const account of outcome.accounts) {
    const { person } = account
    const { erased, vanishing } = person.recall
    const times = new Map([...vanishing.values()].map(({ conversation, nowMs }) => [conversation, nowMs ?? 0]))
    for (const { id, messages } of account.conversations) {
      const afterMs = times.get(id) ?? 0
      for (const message of messages) {
        const name = `${person.name}: "${wordsOf(message)}"`
        if (erased.has(message.id)) yield violation("erasure", `${name} was erased and is there`)
        if (afterMs > 0 && message.timestampMs + afterMs + lateMaxMs < person.nowMs)
          yield violation("erasure", `${name} should have disappeared`)
      }
    }
  }
}

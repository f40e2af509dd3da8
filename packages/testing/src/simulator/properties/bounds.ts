import type { StorageReport } from "@colloquy/client"
import { type Account, type Outcome, type Violation, violation } from "./account.js"

/** A ring has 4 MiB; nobody says so much that the rest of what waits would count. */
const waitingBytesMax = 5 * 1024 * 1024
const waitingRecordsMax = 1000
const dayMs = 86_400_000

/** What is said of too much that waits. */
export function overfull({ records, bytes }: StorageReport["waiting"]): readonly string[] {
  if (records <= waitingRecordsMax && bytes <= waitingBytesMax) return []
  return [`${records} records of ${bytes} B wait`]
}

/** What is stored and sent stays in proportion to what was said. */
export function* bounds(outcome: Outcome): Generator<Violation> {
  for (const account of outcome.accounts) {
    const { person, storage } = account
    for (const words of overfull(storage.waiting)) yield violation("bounds", `${person.name}: ${words} at the end`)
    const { stateMax, publishedMax } = allowance(account, outcome)
    if (storage.state.bytes > stateMax)
      yield violation("bounds", `${person.name}: ${storage.state.bytes} B of state, more than ${stateMax}`)
    const published = outcome.published.get(person.name) ?? 0
    if (published > publishedMax)
      yield violation("bounds", `${person.name}: ${published} publications, more than ${publishedMax}`)
  }
}

/**
 * Generous: some kilobytes for a conversation, some for each key that was passed over. Of publications, a few for each message (again, acknowledged,
 * asked for) and a few for each day of each conversation.
 */
function allowance(
  { person, conversations }: Account,
  outcome: Outcome,
): { readonly stateMax: number; readonly publishedMax: number } {
  const talks = outcome.talks.filter(({ plan }) => plan.members.includes(person.number))
  const messages = talks
    .flatMap(({ number }) =>
      outcome.accounts.flatMap(({ person: other }) => other.recall.sayings.filter(({ talk }) => talk === number)),
    )
    .reduce((sum, { text }) => sum + 1 + Math.ceil(text.length / 60_000), 0)
  const count = Math.max(talks.length, conversations.length)
  const days = Math.ceil(outcome.spanMs / dayMs)
  return {
    stateMax: 64 * 1024 * (1 + count) + 4096 * messages,
    publishedMax: 200 * (1 + count) + 30 * messages + 8 * Math.min(days, 60) * count + days * count,
  }
}

import { type Account, type Outcome, type Violation, violation } from "./account.js"
import { bounds } from "./bounds.js"
import { convergence } from "./convergence.js"
import { erasure } from "./erasure.js"
import { events } from "./events.js"
import { recovery } from "./recovery.js"
import { durability, invention } from "./sayings.js"

/** What must hold at the end of every run. What comes back does not. */
export function violations(outcome: Outcome): readonly Violation[] {
  const found: Violation[] = []
  for (const { person } of outcome.accounts)
    for (const fault of person.faults) found.push(violation("faults", `${person.name}: ${fault}`))
  found.push(...convergence(outcome), ...durability(outcome), ...invention(outcome), ...events(outcome))
  found.push(...erasure(outcome), ...recovery(outcome), ...bounds(outcome))
  for (const account of outcome.accounts) found.push(...quiet(account))
  return found
}

/** Nothing that was said or is secret stands in a log line. */
function* quiet({ person }: Account): Generator<Violation> {
  for (const line of person.logs)
    if (/[0-9a-fA-F]{20}|[A-Za-z0-9_-]{40}/.test(line) || line.includes(" says "))
      yield violation("logs", `${person.name}: a log line tells too much: ${line}`)
}

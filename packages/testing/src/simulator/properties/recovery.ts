import { wordsOf } from "../people/describe.js"
import { type Account, listsOf, type Outcome, type Violation, violation } from "./account.js"

/**
 * After a setback of one person the conversation goes on: what is said then reaches everybody. Two setbacks can lose every way to begin anew:
 * each side's introductions with the other, or their secrets. Who has lost the conversation itself could say nothing.
 */
export function* recovery(outcome: Outcome): Generator<Violation> {
  for (const talk of outcome.talks) {
    const setbacks = talk.plan.members.reduce(
      (sum, who) => sum + (outcome.accounts[who]?.person.recall.lives ?? 1) - 1,
      0,
    )
    if (setbacks > 1) continue
    const said = talk.rollCall.filter(({ who, words }) =>
      outcome.accounts[who]?.person.recall.sayings.some((saying) => saying.words === words && saying.id !== undefined),
    )
    if (said.length < talk.plan.members.length) continue
    for (const who of talk.plan.members) {
      const account = outcome.accounts[who] as Account
      const heard = new Set(listsOf(account, talk, outcome).flat().map(wordsOf))
      for (const { words } of said)
        if (!heard.has(words)) yield violation("recovery", `${account.person.name} lacks "${words}"`)
    }
  }
}

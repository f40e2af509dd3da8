import type { Account, Outcome, Violation } from "./account.js"
import { violation } from "./account.js"

/**
 * After a setback of one person the conversation goes on: what is said then reaches everybody. Who has lost the conversation itself could say nothing.
 * Not promised where every way to begin anew can be lost, which is each side's introductions with the other, or their secrets: after two setbacks,
 * and where somebody else began a session on an introduction whose secret the setback lost. Nor where two began at once: one of the two
 * conversations may be one that the setback kept from ever being accepted, and the other side may send in it.
 */
export function* recovery({ accounts, talks }: Outcome): Generator<Violation> {
  for (const { plan, rollCall, ids, commanded } of talks) {
    const members = plan.members.map((who) => (accounts[who] as Account).person)
    const setbacks = members.filter(({ recall }) => recall.lives > 1)
    const isLost = setbacks.length > 1 || setbacks.some(({ recall }) => recall.lives > 2)
    const hasCrossed = setbacks.some(({ number }) => [...commanded].some((who) => who !== number))
    if (isLost || hasCrossed || ids.length > 1) continue
    const said = rollCall.filter(({ who, words }) =>
      accounts[who]?.person.recall.sayings.some((saying) => saying.words === words && saying.id !== undefined),
    )
    if (said.length < plan.members.length) continue
    for (const { name, number, reader } of members)
      for (const { who, words } of said)
        if (who !== number && !reader.heard(words)) yield violation("recovery", `${name} never heard "${words}"`)
  }
}

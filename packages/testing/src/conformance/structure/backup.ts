import type { ConversationId } from "@colloquy/core"
import type { Laboratory, Subject } from "../../laboratory/laboratory.js"
import { SeededRandom } from "../../laboratory/seeded-random.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { faultOf, hasHeard, listeners, rehearse, speakersOf, utter } from "./rehearsal.js"

const dayMs = 24 * 3_600_000

/** What an old backup must be good for. */
export const backupChecks: readonly Check[] = [
  {
    id: "robustness.backup",
    proves: "CT-12",
    title: "what a backup kept goes on under the same id with the same people, and a damaged one is refused",
    run: backup,
  },
]

async function backup(context: CheckContext): Promise<CheckResult> {
  if (context.type.conversation?.machine.backup === undefined)
    return { verdict: "not-applicable", reason: "the type keeps nothing in backups" }
  const rehearsal = await rehearse(context, { afterMs: 5 * dayMs })
  const { laboratory, people, conversation } = rehearsal
  let [tries, goesOn] = [0, true]
  for (const index of people.keys()) {
    const world = laboratory.fork()
    const person = world.subjects[index] as Subject
    const [kept, before] = [person.instance(conversation)?.backup(), person.view(conversation)]
    if (kept === undefined) return { verdict: "broken", finding: `${person.name} has no backup` }
    const damaged = await damagedFinding(context, world, person, conversation, kept)
    if (damaged !== undefined) return { verdict: "broken", finding: damaged }
    // A restored account has its identity, and new residents.
    await person.restore(context.type.id, conversation, kept)
    tries++
    const after = person.view(conversation)
    if (String([...(after?.participants ?? [])].sort()) !== String([...(before?.participants ?? [])].sort()))
      return { verdict: "broken", finding: `${person.name} restores the conversation with other people in it` }
    const again = person.instance(conversation)?.backup()
    if (again === undefined) return { verdict: "broken", finding: "a restored conversation has no backup" }
    await world.settle()
    for (let passed = 0; passed < 3 * dayMs; passed += dayMs / 4) {
      await world.pass(dayMs / 4)
      await world.settle()
    }
    for (const by of speakersOf(context, { people: world.subjects, conversation })) {
      const { content } = await utter(
        context,
        { laboratory: world, people: world.subjects, conversation },
        by,
        "restored",
      )
      await world.settle()
      goesOn &&= listeners({ people: world.subjects }, by).every((other) => hasHeard(other, content))
    }
    const fault = faultOf(world)
    if (fault !== undefined) return { verdict: "broken", finding: fault }
  }
  return { verdict: "held", tries, facts: { "after a restore what is said is": goesOn ? "heard" : "not heard" } }
}

/** A backup that is cut or altered is refused, or restores: it is never thrown at, and never restores under another id. */
async function damagedFinding(
  { type, crypto, seed }: CheckContext,
  world: Laboratory,
  { name }: Subject,
  conversation: ConversationId,
  kept: Uint8Array,
): Promise<string | undefined> {
  const random = SeededRandom.of(crypto, "backup", String(seed), name)
  const forms = [new Uint8Array(0), random.draw(50), random.draw(kept.length)]
  for (let length = 1; length < kept.length; length += 1 + (kept.length >> 5)) forms.push(kept.slice(0, length))
  for (let made = 0; made < 64; made++) {
    const altered = kept.slice()
    const [high = 0, low = 0, bit = 0] = random.draw(3)
    const at = ((high << 8) | low) % kept.length
    altered[at] = (altered[at] as number) ^ (1 << (bit & 7))
    forms.push(altered)
  }
  const before = world.faults.length
  for (const form of forms) {
    const copy = world.fork()
    const person = copy.subjects.find((subject) => subject.name === name) as Subject
    await person.restore(type.id, conversation, form).catch(() => undefined)
    const fault = copy.faults.length > before ? faultOf(copy) : undefined
    if (fault !== undefined) return `a damaged backup of ${form.length} bytes: ${fault}`
  }
  return undefined
}

import { parseParticipant, type View } from "@colloquy/core"
import type { Subject } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { rehearse } from "./rehearsal.js"

/** Content up to this length, in bytes, is really sent. */
const sentBytesMax = 100_000

/** What a conversation tells an application about itself. */
export const viewChecks: readonly Check[] = [
  {
    id: "robustness.view",
    proves: "CT-12",
    title:
      "what a conversation tells of itself is true: the same people on every side, and the longest content that it takes",
    run: view,
  },
]

async function view(context: CheckContext): Promise<CheckResult> {
  const { type } = context
  if (type.conversation === undefined) return { verdict: "not-applicable", reason: "the type has no conversations" }
  const { people, conversation, laboratory } = await rehearse(context, { rounds: 1 })
  const { participantsMin = 0, participantsMax = Infinity } = type.declaration.membership ?? {}
  const expected = people.map(({ participant }) => participant).sort()
  for (const person of people) {
    const seen = person.view(conversation)
    if (seen === undefined) return { verdict: "broken", finding: `${person.name} has no view of the conversation` }
    const finding = viewFinding(person, seen)
    if (finding !== undefined) return { verdict: "broken", finding: `${person.name}: ${finding}` }
    const { participants } = seen
    const hidden =
      person === people[0] || context.fixture.sees !== "some"
        ? []
        : expected.filter((one) => !participants.includes(one))
    if (String([...participants, ...hidden].sort()) !== String(expected))
      return { verdict: "broken", finding: `${person.name} sees other participants than there are` }
    if (participants.length < participantsMin || participants.length > participantsMax)
      return { verdict: "broken", finding: `${participants.length} participants are not what membership declares` }
  }
  const speaker = people.find((person) => person.view(conversation)?.can.send === true)
  if (speaker === undefined) return { verdict: "held", tries: people.length }
  const { contentBytesMax } = speaker.view(conversation) as View
  const tooLong = await speaker.attempt(conversation, { kind: "send", content: new Uint8Array(contentBytesMax + 1) })
  if (tooLong.kind !== "refused" || laboratory.faults.length > 0)
    return {
      verdict: "broken",
      finding: `content of ${contentBytesMax + 1} bytes, one more than the view says, is not refused`,
    }
  if (contentBytesMax <= sentBytesMax) {
    const longest = await speaker.attempt(conversation, { kind: "send", content: new Uint8Array(contentBytesMax) })
    if (longest.kind !== "next")
      return { verdict: "broken", finding: `content of ${contentBytesMax} bytes, as the view says, is refused` }
  }
  return { verdict: "held", tries: people.length, facts: { "longest content": contentBytesMax } }
}

function viewFinding(
  { participant }: Subject,
  { participants, carriesTo, can, contentBytesMax }: View,
): string | undefined {
  for (const one of [...participants, ...carriesTo]) parseParticipant(one)
  if (!participants.includes(participant)) return "the account itself is no participant"
  if (new Set(participants).size !== participants.length) return "a participant is named twice"
  if (carriesTo.includes(participant) || carriesTo.some((one) => !participants.includes(one)))
    return "it says that it carries to someone who is not there"
  if (typeof can?.send !== "boolean") return "it does not say whether one can send"
  return Number.isSafeInteger(contentBytesMax) && contentBytesMax >= 0 ? undefined : "the longest content is no length"
}

import type { ClientEvent, ConversationDetails, Message, StorageReport } from "@colloquy/client"
import type { ConversationId, Participant } from "@colloquy/core"
import type { Person } from "../people/person.js"
import type { Talk } from "../talk.js"

/** What one person's client says at the end, all of it read anew. */
export interface Account {
  readonly person: Person
  readonly conversations: readonly AccountedConversation[]
  readonly events: readonly ClientEvent[]
  readonly storage: StorageReport
}

export interface AccountedConversation {
  readonly id: ConversationId
  readonly details: ConversationDetails
  readonly messages: readonly Message[]
}

/** Everything that the properties are about. */
export interface Outcome {
  readonly accounts: readonly Account[]
  readonly talks: readonly Talk[]
  /** Publications that each person made, by name. */
  readonly published: ReadonlyMap<string, number>
  readonly spanMs: number
}

/** What did not hold, by the name of the property. */
export interface Violation {
  readonly property: string
  readonly text: string
}

export function violation(property: string, text: string): Violation {
  return { property, text }
}

/** The talk that a conversation of somebody's belongs to: by its id, else by its type and people. */
function talkOf(
  { id, details }: Pick<AccountedConversation, "id" | "details">,
  { talks, accounts }: Pick<Outcome, "talks" | "accounts">,
): Talk | undefined {
  const known = talks.find(({ ids }) => ids.includes(id))
  if (known !== undefined) return known
  const participants = new Set<Participant>(details.participants)
  return talks.find(
    ({ plan }) =>
      plan.type === details.type &&
      plan.members.length === participants.size &&
      plan.members.every((who) => participants.has(accounts[who]?.person.participant as Participant)),
  )
}

/** The messages of a talk as one person has them, in the lists in which he has them. */
export function listsOf(account: Account, talk: Talk, outcome: Outcome): readonly (readonly Message[])[] {
  return account.conversations
    .filter((conversation) => talkOf(conversation, outcome) === talk)
    .map(({ messages }) => messages)
}

import {
  type AnyConversationType,
  type Context,
  type ConversationId,
  inboxTopics,
  type Participant,
} from "@colloquy/core"

/** Who says that he is somebody else. */
export type Lies = ReadonlyMap<Participant, Participant>
/** Who begins conversations under an id that is somebody else's. */
export type StolenIds = ReadonlyMap<Participant, ConversationId>

type Method = (...rest: unknown[]) => unknown

/**
 * The same type with machines that are told, for whoever lies, that their account is somebody else's. Signatures and agreements are still made with
 * the liar's own key: he has no other. `ids`: conversations of whoever has a stolen id begin under that one.
 */
export function lyingType(type: AnyConversationType, lies: Lies, ids: StolenIds = new Map()): AnyConversationType {
  const { conversation, resident } = type
  return {
    ...type,
    ...(conversation === undefined
      ? {}
      : { conversation: { ...conversation, machine: lying(conversation.machine, lies, ids) } }),
    ...(resident === undefined ? {} : { resident: { ...resident, machine: lying(resident.machine, lies, ids) } }),
  }
}

/** Every method of a machine takes its context last. */
function lying<M extends object>(machine: M, lies: Lies, ids: StolenIds): M {
  const methods = Object.entries(machine).map(([name, member]) => {
    if (typeof member !== "function") return [name, member] as const
    const method = (member as Method).bind(machine)
    return [
      name,
      (...given: unknown[]) => method(...given.map((one) => (isContext(one) ? told(one, lies, ids) : one))),
    ] as const
  })
  return Object.fromEntries(methods) as M
}

function told(honest: Context, lies: Lies, ids: StolenIds): Context {
  const stolen = ids.get(honest.self.participant)
  const context = stolen === undefined ? honest : { ...honest, conversationId: () => stolen }
  const claimed = lies.get(context.self.participant)
  if (claimed === undefined) return context
  const inboxTopic = inboxTopics.of(claimed, context.crypto)
  return { ...context, self: { ...context.self, participant: claimed, inboxTopic } }
}

function isContext(value: unknown): value is Context {
  return typeof value === "object" && value !== null && "self" in value && "crypto" in value && "nowMs" in value
}

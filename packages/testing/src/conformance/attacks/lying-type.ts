import { type AnyConversationType, type Context, inboxTopics, type Participant } from "@colloquy/core"

/** Who says that he is somebody else. */
export type Lies = ReadonlyMap<Participant, Participant>

type Method = (...rest: unknown[]) => unknown

/**
 * The same type with machines that are told, for whoever lies, that their account is somebody else's. Signatures and agreements are still made with
 * the liar's own key: he has no other.
 */
export function lyingType(type: AnyConversationType, lies: Lies): AnyConversationType {
  const { conversation, resident } = type
  return {
    ...type,
    ...(conversation === undefined
      ? {}
      : { conversation: { ...conversation, machine: lying(conversation.machine, lies) } }),
    ...(resident === undefined ? {} : { resident: { ...resident, machine: lying(resident.machine, lies) } }),
  }
}

/** Every method of a machine takes its context last. */
function lying<M extends object>(machine: M, lies: Lies): M {
  const methods = Object.entries(machine).map(([name, member]) => {
    if (typeof member !== "function") return [name, member] as const
    const method = (member as Method).bind(machine)
    return [
      name,
      (...given: unknown[]) => method(...given.map((one) => (isContext(one) ? told(one, lies) : one))),
    ] as const
  })
  return Object.fromEntries(methods) as M
}

function told(context: Context, lies: Lies): Context {
  const claimed = lies.get(context.self.participant)
  if (claimed === undefined) return context
  const inboxTopic = inboxTopics.of(claimed, context.crypto)
  return { ...context, self: { ...context.self, participant: claimed, inboxTopic } }
}

function isContext(value: unknown): value is Context {
  return typeof value === "object" && value !== null && "self" in value && "crypto" in value && "nowMs" in value
}

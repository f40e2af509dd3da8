import { ColloquyError, type Consent } from "@colloquy/core"
import type { Client, Conversation, ConversationDetails } from "colloquy"
import { identOf } from "../output/short-ids.js"

/** All conversations, the most recent first, read page by page. */
export async function* allConversations(client: Client, consent?: Consent): AsyncGenerator<ConversationDetails> {
  const options = { limit: 500, ...(consent === undefined ? {} : { consent }) }
  let page = await client.conversations.list(options)
  const seen = new Set<string>()
  for (;;) {
    for (const details of page.items) {
      if (seen.has(details.id)) continue
      seen.add(details.id)
      yield details
    }
    if (page.next === undefined) return
    page = await client.conversations.list({ ...options, after: page.next })
  }
}

/**
 * The conversation that a person names: by its id, by the beginning of what stands last in it, or by the beginning of the identity of the
 * one it is held with. Throws `CONVERSATION_UNKNOWN`, and `CONVERSATION_AMBIGUOUS` when the beginning fits several.
 */
export async function findConversation(client: Client, reference: string): Promise<Conversation> {
  const wanted = reference.toLowerCase()
  const exact = wanted.startsWith("/") ? await client.conversations.get(wanted).catch(ifNoId) : undefined
  if (exact !== undefined) return exact
  const found: ConversationDetails[] = []
  for await (const details of allConversations(client)) if (isNamed(details, wanted)) found.push(details)
  const [first] = found
  if (first === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
  if (found.length > 1)
    throw new ColloquyError(
      "CONVERSATION_AMBIGUOUS",
      `${found.length} conversations fit: ${found
        .slice(0, 5)
        .map(({ id }) => id)
        .join(", ")}${found.length > 5 ? ", …" : ""}`,
    )
  const conversation = await client.conversations.get(first.id)
  if (conversation === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
  return conversation
}

function isNamed({ id, peer }: ConversationDetails, wanted: string): boolean {
  if (wanted.startsWith("/")) return wanted.length > 1 && id.startsWith(wanted)
  if (!/^[0-9a-f]{1,64}$/.test(wanted)) return false
  return identOf(id).startsWith(wanted) || (peer?.startsWith(wanted) ?? false)
}

function ifNoId(error: unknown): undefined {
  if (error instanceof ColloquyError && error.code === "BAD_CONVERSATION_ID") return undefined
  throw error
}

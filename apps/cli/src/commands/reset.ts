import { ColloquyError, PrivateV1 } from "colloquy"
import { identOf, shortId } from "../output/short-ids.js"
import { findConversation } from "../profile/find-conversation.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

/** A person's own way out when a conversation is stuck: a profile was set back, or one side lost its place. */
export async function reset(settings: Settings, reference: string): Promise<void> {
  await withProfile(settings, { connect: true }, async (session) => {
    await session.takeIn()
    settings.stop.throwIfAborted()
    const conversation = await findConversation(session.client, reference)
    const typed = conversation.as(PrivateV1)
    if (typed === undefined) throw new ColloquyError("NOT_SUPPORTED", "this conversation's type has no reset")
    await typed.command("reset", {})
    const { id } = conversation
    await settings.output.result({ conversation: id }, () => [
      `Conversation ${shortId(identOf(id))} goes on under new keys. The other side sees it, too.`,
    ])
  })
}

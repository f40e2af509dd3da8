import { identOf, shortId } from "../output/short-ids.js"
import { findConversation } from "../profile/find-conversation.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

/** Removes a conversation from the profile, with its keys and messages. */
export async function remove(settings: Settings, reference: string): Promise<void> {
  await withProfile(settings, { connect: false }, async ({ client }) => {
    const conversation = await findConversation(client, reference)
    await conversation.remove()
    const { id } = conversation
    await settings.output.result({ conversation: id }, () => [
      `Conversation ${shortId(identOf(id))} is removed from this profile. The other side keeps it.`,
    ])
  })
}

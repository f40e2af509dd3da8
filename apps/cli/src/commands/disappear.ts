import { identOf, shortId } from "../output/short-ids.js"
import { findConversation } from "../profile/find-conversation.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

/** Lets a conversation's messages disappear from the profile so long after they came, or keeps them. */
export async function disappear(settings: Settings, reference: string, afterMs: number | undefined): Promise<void> {
  await withProfile(settings, { connect: false }, async ({ client }) => {
    const conversation = await findConversation(client, reference)
    await conversation.disappear(afterMs)
    const { id } = conversation
    const name = shortId(identOf(id))
    await settings.output.result({ conversation: id, disappearAfterMs: afterMs ?? null }, () =>
      afterMs === undefined
        ? [`Messages of conversation ${name} are kept.`]
        : [
            `Messages of conversation ${name} disappear from this profile.`,
            "The other side keeps them, and is not told.",
          ],
    )
  })
}

import { identOf, shortId } from "../output/short-ids.js"
import { findConversation } from "../profile/find-conversation.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

export async function allow(settings: Settings, reference: string): Promise<void> {
  await judge(settings, reference, "allowed")
}

export async function deny(settings: Settings, reference: string): Promise<void> {
  await judge(settings, reference, "denied")
}

async function judge(settings: Settings, reference: string, consent: "allowed" | "denied"): Promise<void> {
  await withProfile(settings, { connect: false }, async ({ client }) => {
    const conversation = await findConversation(client, reference)
    await (consent === "allowed" ? conversation.allow() : conversation.deny())
    const { id } = conversation
    await settings.output.result({ conversation: id, consent }, () => [
      consent === "allowed"
        ? `Conversation ${shortId(identOf(id))} is allowed.`
        : `Conversation ${shortId(identOf(id))} is denied: nothing more of it is shown.`,
    ])
  })
}

import { messageLines, messageObject } from "../output/messages.js"
import { jsonLine } from "../output/printable.js"
import { identOf, shortId } from "../output/short-ids.js"
import { findConversation } from "../profile/find-conversation.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

export async function messages(
  settings: Settings,
  reference: string,
  options: { readonly limit?: number; readonly before?: string },
): Promise<void> {
  const { output } = settings
  await withProfile(settings, { connect: true, takeIn: true }, async ({ client }) => {
    const conversation = await findConversation(client, reference)
    const { items, next } = await conversation.messages(options)
    if (output.json) {
      for (const message of items) await output.line(jsonLine(messageObject(message)))
      return
    }
    if (items.length === 0) return output.hint("No messages.")
    for (const line of messageLines(items, Date.now())) await output.line(line)
    if (next !== undefined) {
      const short = shortId(identOf(conversation.id))
      await output.hint(`There are older ones: colloquy messages ${short} --before ${items[0]?.id ?? next}`)
    }
  })
}

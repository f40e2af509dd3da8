import type { ConversationDetails } from "colloquy"
import { conversationLines, conversationObject, requestLines } from "../output/conversations.js"
import { contentPreview } from "../output/content.js"
import { jsonLine } from "../output/printable.js"
import { allConversations } from "../profile/find-conversation.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

const saysMax = 40

export async function conversations(settings: Settings): Promise<void> {
  const { output } = settings
  await withProfile(settings, { connect: true, takeIn: true }, async ({ client }) => {
    const list: ConversationDetails[] = []
    for await (const details of allConversations(client))
      if (output.json) await output.line(jsonLine(conversationObject(details)))
      else list.push(details)
    if (output.json) return
    if (list.length === 0) await output.hint("No conversations yet. Begin one: colloquy converse INTRODUCTION")
    else for (const line of conversationLines(list, Date.now())) await output.line(line)
  })
}

export async function requests(settings: Settings): Promise<void> {
  const { output } = settings
  await withProfile(settings, { connect: true, takeIn: true }, async ({ client }) => {
    const list: { details: ConversationDetails; said: string }[] = []
    for await (const details of allConversations(client, "unknown"))
      if (output.json) await output.line(jsonLine(conversationObject(details)))
      else {
        const conversation = await client.conversations.get(details.id)
        const message = (await conversation?.messages({ limit: 1 }))?.items[0]
        list.push({ details, said: message === undefined ? "" : contentPreview(message.content, saysMax) })
      }
    if (output.json) return
    if (list.length === 0) return output.hint("Nobody waits for an answer.")
    for (const line of requestLines(list, Date.now())) await output.line(line)
    await output.hint("Answer with: colloquy allow ID, or colloquy deny ID")
  })
}

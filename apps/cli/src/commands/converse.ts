import { ColloquyError, text } from "colloquy"
import { readText, standardInput } from "../arguments/read-text.js"
import { identOf, shortId } from "../output/short-ids.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

/** An introduction is far shorter. */
const introductionBytesMax = 128 * 1024

export async function converse(
  settings: Settings,
  introduction: string,
  options: { readonly text?: string },
): Promise<void> {
  const { output } = settings
  const given = await readText(
    introduction,
    { bytesMax: introductionBytesMax, what: "introduction" },
    standardInput(settings.stop),
  )
  if (options.text === "") throw new ColloquyError("INPUT_EMPTY", "the text is empty")
  const content = options.text === undefined ? {} : { content: text(options.text) }
  await withProfile(settings, { connect: true, takeIn: true }, async ({ client }) => {
    const startedAtMs = Date.now()
    const conversation = await client.conversations.start(given, content)
    const { id, first } = conversation
    const isNew = (await conversation.details()).createdAtMs >= startedAtMs
    await output.result({ conversation: id, message: first?.id ?? null }, () => [
      `Conversation ${shortId(identOf(id))} ${isNew ? "has begun" : "goes on: you talk with them already"}${first === undefined ? "" : ", with your message"}.`,
      id,
    ])
  })
}

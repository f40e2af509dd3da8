import { codeOf, ColloquyError, type SentMessage, text } from "colloquy"
import { readText, standardInput } from "../arguments/read-text.js"
import { withDeadline } from "../deadline.js"
import { shortId } from "../output/short-ids.js"
import { findConversation } from "../profile/find-conversation.js"
import { patienceMs, type Session, withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

/** What is read from standard input at most; a conversation may take less. */
const textBytesMax = 1024 * 1024

export async function send(
  settings: Settings,
  reference: string,
  given: string,
  options: { readonly key?: string },
): Promise<void> {
  const { output } = settings
  const body = await readText(given, { bytesMax: textBytesMax, what: "text" }, standardInput(settings.stop))
  await withProfile(settings, { connect: true }, async (session) => {
    await session.takeIn()
    settings.stop.throwIfAborted()
    const conversation = await findConversation(session.client, reference)
    const message = await conversation.send(text(body), options)
    const state = await stateSoon(message, session, settings)
    await output.result({ message: message.id, state }, () => [
      state === "published"
        ? `Message ${shortId(message.id)} is published.`
        : `Message ${shortId(message.id)} is queued: it goes out with the next command that connects.`,
    ])
  })
}

/** `published` only with the service's receipt, which is waited for where the service is there. Throws `MESSAGE_FAILED`. */
async function stateSoon(
  message: SentMessage,
  { status }: Session,
  { stop }: Settings,
): Promise<"queued" | "published"> {
  if (status()?.state === "up")
    await withDeadline(patienceMs, stop, (signal) =>
      message.reached("published", { signal }).catch((error: unknown) => {
        if (!signal.aborted || codeOf(error) === "MESSAGE_FAILED") throw error
      }),
    )
  const state = await message.state()
  if (state === "failed") throw new ColloquyError("MESSAGE_FAILED", "the delivery service will never take the message")
  return state === "queued" ? "queued" : "published"
}

import type { ClientEvent, Message } from "@colloquy/client"
import { text } from "@colloquy/content"
import { codeOf } from "@colloquy/core"

/** The words of a message, without what makes it long. */
export function wordsOf({ content }: Pick<Message, "content">): string {
  return text.is(content) ? shortened(content.text) : "?"
}

export function textOf({ content }: Pick<Message, "content">): string {
  return text.is(content) ? content.text : "?"
}

/** Of long words the part before what makes them long. */
function shortened(words: string): string {
  const end = words.indexOf("#")
  return end < 0 ? words : words.slice(0, end)
}

export function describeEvent(event: ClientEvent): string {
  switch (event.type) {
    case "message":
      return `message ${event.message.id.slice(0, 8)} "${wordsOf(event.message)}"`
    case "state":
      return `${event.message.slice(0, 8)} ${event.state}${event.code === undefined ? "" : ` ${event.code}`}`
    case "conversation":
    case "consent":
      return `${event.type} ${event.consent}`
    case "notice":
      return `notice ${event.name}`
    case "deleted":
      return `deleted ${event.message.slice(0, 8)}`
    default:
      return event.type
  }
}

export function errorText(error: unknown): string {
  if (error instanceof Error) return `${codeOf(error) ?? error.name}: ${error.message}`
  return String(error)
}

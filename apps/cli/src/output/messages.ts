import type { Message } from "colloquy"
import { contentLines, contentObject } from "./content.js"
import { shortId } from "./short-ids.js"
import { isoTime, localTime } from "./times.js"

/** A message for programs. */
export function messageObject(message: Message): object {
  const { id, conversation, direction, sender, content, state, timestampMs } = message
  const timestamp = isoTime(timestampMs)
  return { id, conversation, direction, sender, content: contentObject(content), state, timestamp }
}

/** Messages for people, each with its time and its sender; further lines stand under the first, where no sender stands. */
export function messageLines(messages: readonly Message[], nowMs: number): string[] {
  const times = messages.map(({ timestampMs }) => localTime(timestampMs, nowMs))
  const width = Math.max(0, ...times.map((time) => time.length))
  return messages.flatMap((message, index) => {
    const who = message.direction === "out" ? "you" : shortId(message.sender)
    return hanging(`${(times[index] as string).padStart(width)}  ${who.padEnd(8)}  `, bodyLines(message))
  })
}

/** The first line behind the head, the others indented as far. */
export function hanging(head: string, lines: readonly string[]): string[] {
  const indent = " ".repeat(head.length)
  return lines.map((line, index) => `${index === 0 ? head : indent}${line}`.trimEnd())
}

function bodyLines({ direction, state, code, content }: Message): string[] {
  const lines = contentLines(content)
  if (direction === "out") lines.push(`${lines.pop() ?? ""}  (${code === undefined ? state : `${state}: ${code}`})`)
  return lines
}

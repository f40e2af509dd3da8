import { type ConversationId, parseConversationId, type Participant } from "@colloquy/core"

const digitsMin = 8

/** The last part of a conversation's id: what tells it from the others. */
export function identOf(id: ConversationId): string {
  return parseConversationId(id)?.ident ?? id
}

/** The first digits of a participant or of a message's id. Who makes many keys finds two that begin alike: it is for eyes, not for trust. */
export function shortId(id: Participant | string): string {
  return id.slice(0, digitsMin)
}

/** Short forms of these ids, long enough that none of them begins like another. */
export function shortForms(ids: readonly string[]): (id: string) => string {
  const sorted = [...new Set(ids)].sort()
  let digits = digitsMin
  for (const [index, id] of sorted.entries()) digits = Math.max(digits, commonLength(id, sorted[index + 1] ?? "") + 1)
  return (id) => id.slice(0, digits)
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

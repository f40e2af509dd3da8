import type { ConversationDetails } from "colloquy"
import { columns } from "./columns.js"
import { printable } from "./printable.js"
import { identOf, shortForms, shortId } from "./short-ids.js"
import { isoTime, localTime } from "./times.js"

/** A conversation for programs. */
export function conversationObject(details: ConversationDetails): object {
  const { id, type, peer, consent, lastTimestampMs } = details
  return { id, type, peer: peer ?? null, consent, lastTimestamp: isoTime(lastTimestampMs) }
}

/** Conversations for people, with a line of headings. */
export function conversationLines(list: readonly ConversationDetails[], nowMs: number): string[] {
  const id = shortForms(list.map((details) => identOf(details.id)))
  const peer = shortForms(list.flatMap((details) => (details.peer === undefined ? [] : [details.peer])))
  return columns([
    ["ID", "WITH", "CONSENT", "LAST", "TYPE"],
    ...list.map((details) => [
      id(identOf(details.id)),
      details.peer === undefined ? `${details.participants.length} people` : peer(details.peer),
      details.consent,
      localTime(details.lastTimestampMs, nowMs),
      `${details.type}${details.name === undefined ? "" : `  ${printable(details.name)}`}`,
    ]),
  ])
}

/** Requests for people: who asks, since when, and what was said first. */
export function requestLines(
  requests: readonly { readonly details: ConversationDetails; readonly said: string }[],
  nowMs: number,
): string[] {
  const id = shortForms(requests.map(({ details }) => identOf(details.id)))
  return columns([
    ["ID", "FROM", "SINCE", "SAYS"],
    ...requests.map(({ details, said }) => [
      id(identOf(details.id)),
      details.peer === undefined ? `${details.participants.length} people` : shortId(details.peer),
      localTime(details.createdAtMs, nowMs),
      said,
    ]),
  ])
}

import type { ConversationId, MessageId, Participant, TypeId } from "@colloquy/core"
import { type ClientEvent, type Message, text } from "colloquy"
import { describe, expect, test } from "vitest"
import { conversationLines, conversationObject, requestLines } from "./conversations.js"
import { eventLines, eventObject } from "./events.js"
import { messageLines } from "./messages.js"
import { jsonLine } from "./printable.js"

const nowMs = new Date(2026, 10, 3, 14, 2, 11).getTime()
const conversation = `/private/1/${"1a2b".repeat(8)}` as ConversationId
const saro = "5a".repeat(32) as Participant
const raya = "4b".repeat(32) as Participant
const message = "0c".repeat(16) as MessageId
const head = { cursor: "17", atMs: nowMs, conversation }

const incoming: Message = {
  id: message,
  conversation,
  direction: "in",
  sender: saro,
  content: text("hello\nRaya\u001b[2J"),
  state: "received",
  timestampMs: nowMs - 86_400_000,
}

const events: readonly ClientEvent[] = [
  { ...head, type: "message", message: incoming },
  {
    ...head,
    type: "conversation",
    conversationType: "PrivateV1" as TypeId,
    participants: [saro, raya],
    consent: "unknown",
  },
  {
    ...head,
    type: "conversation",
    conversationType: "PrivateV1" as TypeId,
    participants: [saro, raya],
    consent: "allowed",
  },
  { ...head, type: "state", message, state: "published", proof: "stored" },
  { ...head, type: "state", message, state: "published", proof: "relayed" },
  { ...head, type: "state", message, state: "acknowledged", by: saro },
  { ...head, type: "state", message, state: "failed", code: "X\u009b1m" },
  { ...head, type: "consent", consent: "denied" },
  {
    ...head,
    type: "notice",
    name: "renamed\u202e",
    body: { to: "\u001b]0;x", key: Uint8Array.of(255), big: 2n, all: new Map([[1, new Set([2])]]) },
  },
  { ...head, type: "unknown", what: "type", unknownType: "ChessV9" },
  { ...head, type: "unknown", what: "frame", frameTag: 77 },
  { ...head, type: "undelivered", to: saro, code: "NO_CARRIER" },
  { cursor: "17", atMs: nowMs, type: "gap", topics: "all" },
  { cursor: "17", atMs: nowMs, type: "gap", topics: "some" },
]

describe("events", () => {
  test("every type is told to people, after its time and conversation, and steers no terminal", () => {
    expect(events.flatMap((event) => eventLines(event, nowMs))).toEqual([
      "14:02:11  1a2b1a2b  5a5a5a5a: hello",
      "                              Raya\\u{1b}[2J",
      "14:02:11  1a2b1a2b  someone asks to talk (PrivateV1): see `colloquy requests`",
      "14:02:11  1a2b1a2b  a conversation begins (PrivateV1)",
      "14:02:11  1a2b1a2b  message 0c0c0c0c published",
      "14:02:11  1a2b1a2b  message 0c0c0c0c published (relayed)",
      "14:02:11  1a2b1a2b  message 0c0c0c0c acknowledged by 5a5a5a5a",
      "14:02:11  1a2b1a2b  message 0c0c0c0c failed (X\\u{9b}1m)",
      "14:02:11  1a2b1a2b  the conversation is denied",
      '14:02:11  1a2b1a2b  renamed\\u{202e} {"to":"\\u001b]0;x","key":"_w","big":"2","all":[[1,[2]]]}',
      "14:02:11  1a2b1a2b  an invitation to a type of conversation that is unknown here: ChessV9",
      "14:02:11  1a2b1a2b  something of a later version, frame 77: it can't be shown",
      "14:02:11  1a2b1a2b  nothing could bring this to 5a5a5a5a (NO_CARRIER)",
      "14:02:11  -         the delivery service lost what it kept: messages may be missing",
      "14:02:11  -         the delivery service no longer had everything: messages may be missing",
    ])
  })

  test("for programs each begins with cursor and type, and is JSON whatever it holds", () => {
    for (const event of events) {
      const read = JSON.parse(jsonLine(eventObject(event))) as Record<string, unknown>
      expect(Object.keys(read).slice(0, 3)).toEqual(["cursor", "type", "at"])
      expect(read["type"]).toBe(event.type)
    }
    expect(eventObject(events[0] as ClientEvent)).toMatchObject({
      id: message,
      sender: saro,
      content: { type: "text" },
    })
  })
})

describe("messages", () => {
  test("own ones say what became of them, unknown content shows its sender's fallback", () => {
    const lines = messageLines(
      [
        incoming,
        { ...incoming, direction: "out", content: text("one\ntwo"), state: "queued", timestampMs: nowMs },
        {
          ...incoming,
          direction: "out",
          content: text("no"),
          state: "failed",
          code: "PAYLOAD_TOO_LARGE",
          timestampMs: nowMs,
        },
        {
          ...incoming,
          content: { type: "unknown", domain: 7, tag: 9, body: Uint8Array.of(1, 2), fallback: "a picture\u0007" },
          timestampMs: nowMs,
        },
      ],
      nowMs,
    )
    expect(lines).toEqual([
      "2026-11-02 14:02  5a5a5a5a  hello",
      "                            Raya\\u{1b}[2J",
      "        14:02:11  you       one",
      "                            two  (queued)",
      "        14:02:11  you       no  (failed: PAYLOAD_TOO_LARGE)",
      "        14:02:11  5a5a5a5a  [content of an unknown type, 7/9, 2 B]",
      "                            a picture\\u{7}",
    ])
  })
})

describe("conversations", () => {
  const details = {
    id: conversation,
    type: "PrivateV1" as TypeId,
    participants: [raya, saro],
    peer: saro,
    consent: "allowed" as const,
    createdAtMs: nowMs,
    lastTimestampMs: nowMs,
    canSend: true,
    contentBytesMax: 1000,
  }
  const { peer: _, ...many } = details

  test("have a line each, under headings", () => {
    expect(
      conversationLines([details, { ...many, participants: [raya, saro, raya], name: "Books\u202e" }], nowMs),
    ).toEqual([
      "ID        WITH      CONSENT  LAST      TYPE",
      "1a2b1a2b  5a5a5a5a  allowed  14:02:11  PrivateV1",
      "1a2b1a2b  3 people  allowed  14:02:11  PrivateV1  Books\\u{202e}",
    ])
    expect(requestLines([{ details, said: "hello" }], nowMs)).toEqual([
      "ID        FROM      SINCE     SAYS",
      "1a2b1a2b  5a5a5a5a  14:02:11  hello",
    ])
  })

  test("for programs have the peer, null where there is not exactly one", () => {
    expect(conversationObject(details)).toMatchObject({ peer: saro })
    expect(conversationObject(many)).toMatchObject({ peer: null })
  })
})

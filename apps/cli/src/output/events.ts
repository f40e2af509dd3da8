import { toBase64url } from "@colloquy/core"
import type { ClientEvent } from "colloquy"
import { contentLines } from "./content.js"
import { hanging, messageObject } from "./messages.js"
import { printable } from "./printable.js"
import { identOf, shortId } from "./short-ids.js"
import { isoTime, localTime } from "./times.js"

/** An event for programs: its cursor and type, and what belongs to it. A message's fields stand beside them. */
export function eventObject(event: ClientEvent): object {
  const { cursor, type, atMs, ...rest } = event
  const head = { cursor, type, at: isoTime(atMs) }
  if (event.type === "message") return { ...head, ...messageObject(event.message) }
  if (event.type === "notice") return { ...head, ...rest, body: plain(event.body) }
  return { ...head, ...rest }
}

/** An event for people. */
export function eventLines(event: ClientEvent, nowMs: number): string[] {
  const where = event.type === "gap" ? "-" : shortId(identOf(event.conversation))
  return hanging(`${localTime(event.atMs, nowMs)}  ${where.padEnd(8)}  `, whatHappened(event))
}

function whatHappened(event: ClientEvent): string[] {
  switch (event.type) {
    case "message":
      return hanging(`${shortId(event.message.sender)}: `, contentLines(event.message.content))
    case "conversation":
      return [
        event.consent === "unknown"
          ? `someone asks to talk (${event.conversationType}): see \`colloquy requests\``
          : `a conversation begins (${event.conversationType})`,
      ]
    case "state":
      return [`message ${shortId(event.message)} ${stateWords(event)}`]
    case "consent":
      return [`the conversation is ${event.consent}`]
    case "notice":
      return [`${printable(event.name)} ${printable(JSON.stringify(plain(event.body)))}`]
    case "unknown":
      return [
        event.what === "type"
          ? `an invitation to a type of conversation that is unknown here: ${printable(event.unknownType ?? "")}`
          : `something of a later version, frame ${event.frameTag ?? "?"}: it can't be shown`,
      ]
    case "undelivered":
      return [`nothing could bring this to ${shortId(event.to)} (${printable(event.code)})`]
    case "deleted":
      return [`message ${shortId(event.message)} is deleted here`]
    case "removed":
      return ["the conversation is removed here"]
    case "gap":
      return [
        event.topics === "all"
          ? "the delivery service lost what it kept: messages may be missing"
          : "the delivery service no longer had everything: messages may be missing",
      ]
  }
}

function stateWords(event: Extract<ClientEvent, { type: "state" }>): string {
  if (event.state === "published") return event.proof === "relayed" ? "published (relayed)" : "published"
  if (event.state === "failed") return `failed (${printable(event.code ?? "no reason given")})`
  return event.by === undefined ? event.state : `${event.state} by ${shortId(event.by)}`
}

/** A notice's body in what JSON has: bytes as base64url, maps as lists of pairs, big numbers as text. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString()
  if (value instanceof Uint8Array) return toBase64url(value)
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Map) return Array.from(value, ([key, item]) => [plain(key), plain(item)])
  if (value instanceof Set) return Array.from(value, plain)
  if (typeof value !== "object" || value === null) return value ?? null
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

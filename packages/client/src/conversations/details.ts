import type { Consent, ConversationId, Participant, TypeId } from "@colloquy/core"
import { InstanceRecordSchema, TextRecordSchema } from "../generated/store_pb.js"
import { type Header, headerFromRecord } from "../instance/header.js"
import { pageSize, type Page } from "../messages/message.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"
import { ColloquyError, fromBase64url, toBase64url } from "@colloquy/core"

/** A conversation as a list shows it, as it was when it was read. */
export interface ConversationDetails {
  readonly id: ConversationId
  readonly type: TypeId
  /** Everyone, this account included. */
  readonly participants: readonly Participant[]
  /** The other one, where there is exactly one. */
  readonly peer?: Participant
  readonly name?: string
  readonly consent: Consent
  readonly createdAtMs: number
  /** When something last happened in it. */
  readonly lastTimestampMs: number
  /** Whether a message can be sent now. */
  readonly canSend: boolean
  /** The longest content of one message, encoded. */
  readonly contentBytesMax: number
  /** How long messages are kept here; without it, until they are deleted. */
  readonly disappearAfterMs?: number
}

export function detailsOf(header: Header, self: Participant): ConversationDetails {
  const others = header.participants.filter((participant) => participant !== self)
  const [peer] = others
  return {
    id: header.conversation,
    type: header.type,
    participants: header.participants,
    ...(peer !== undefined && others.length === 1 ? { peer } : {}),
    ...(header.name === undefined ? {} : { name: header.name }),
    consent: header.consent,
    createdAtMs: header.createdAtMs,
    lastTimestampMs: header.lastTimestampMs,
    canSend: header.canSend,
    contentBytesMax: header.contentBytesMax,
    ...(header.disappearAfterMs === undefined ? {} : { disappearAfterMs: header.disappearAfterMs }),
  }
}

/**
 * A page of the conversations, the most recent first. A conversation in which something happens between two pages moves to the front and may
 * show twice. Throws `BAD_CURSOR` and `BAD_LIMIT`.
 */
export async function listConversations(
  runtime: Runtime,
  options: { readonly limit?: number; readonly after?: string; readonly consent?: Consent },
): Promise<Page<ConversationDetails>> {
  const limit = pageSize(options.limit)
  const items: ConversationDetails[] = []
  let after = options.after === undefined ? undefined : parseCursor(options.after)
  for (;;) {
    const entries = await runtime.store.page(key("recent"), after === undefined ? { limit } : { limit, after })
    const headers = await readHeaders(runtime, entries)
    for (const [index, header] of headers.entries()) {
      after = entries[index]?.key
      if (header === undefined || (options.consent !== undefined && header.consent !== options.consent)) continue
      items.push(detailsOf(header, runtime.account.participant))
      if (items.length === limit && after !== undefined) return { items, next: toBase64url(after) }
    }
    if (entries.length < limit) return { items, next: undefined }
  }
}

async function readHeaders(
  runtime: Runtime,
  entries: readonly { readonly value: Uint8Array }[],
): Promise<readonly (Header | undefined)[]> {
  const keys = entries.map(({ value }) => {
    const id = decodeRecord(TextRecordSchema, value).text as ConversationId
    return key("instance", runtime.account.keys.conversation(id))
  })
  const records = await runtime.store.getAll(InstanceRecordSchema, keys)
  return records.map((record) => (record === undefined ? undefined : headerFromRecord(record)))
}

function parseCursor(cursor: string): Uint8Array {
  const bytes = fromBase64url(cursor)
  if (bytes?.length !== 25 || bytes[0] !== key("recent")[0])
    throw new ColloquyError("BAD_CURSOR", "this is not a cursor of a list of conversations")
  return bytes
}

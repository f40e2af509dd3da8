import { type Codec, type Table, table, stateDamaged } from "@colloquy/core"
import { Rows } from "../rows.js"
import type { SdsMessage } from "../sds-message.js"
import { Reader, Writer } from "../varint.js"
import type { SdsLog } from "./channel.js"
import { publishedFrames } from "./rows.js"

/** RL-51: an entry of a log that a type keeps in its own state. Its id is the row's key. */
export interface LogRow {
  /** Counts the messages as they came: the order in which they are pruned. */
  readonly arrival: number
  /** `null` when only the id is kept. */
  readonly message: SdsMessage | null
}

export interface LogState {
  readonly log: ReadonlyMap<string, LogRow>
  /** For each arrival its id. */
  readonly arrivals: ReadonlyMap<string, string>
}

export interface LogPatch {
  readonly log?: ReadonlyMap<string, LogRow | undefined>
  readonly arrivals?: ReadonlyMap<string, string | undefined>
}

/** What is pruned, and what of it first. */
export interface LogPolicy {
  /** How many ids are kept. */
  readonly idsMax: number
  /** How many of the newest keep their message, for those who ask for it. At most `idsMax`. */
  readonly messagesMax: number
}

/** The pieces of a log of at most so many ids, to be spread into a type's state. */
export function logPieces({ idsMax }: LogPolicy): { readonly log: Table<LogRow>; readonly arrivals: Table<string> } {
  return { log: table(logRowCodec, idsMax), arrivals: table(idCodec, idsMax) }
}

export function logOf({ log }: LogState): SdsLog {
  return { has: (id) => log.has(id), message: (id) => log.get(id)?.message ?? undefined }
}

/**
 * Adds what a step has logged, and prunes the oldest by the policy. `arrival` is the number of the first of them, one more than the last ever used: the
 * caller keeps count. Touches at most five rows for each message, however long the log is.
 */
export function addToLogTable(
  state: LogState,
  messages: readonly SdsMessage[],
  arrival: number,
  { idsMax, messagesMax }: LogPolicy,
): LogPatch {
  const log = new Rows(state.log)
  const arrivals = new Rows(state.arrivals)
  let next = arrival
  for (const message of messages) {
    const id = message.messageId ?? ""
    if (log.get(id) !== undefined) continue
    const emptied = arrivals.get(String(next - messagesMax))
    const row = emptied === undefined ? undefined : log.get(emptied)
    if (emptied !== undefined && row !== undefined) log.set(emptied, { ...row, message: null })
    const pruned = arrivals.get(String(next - idsMax))
    if (pruned !== undefined) log.delete(pruned)
    arrivals.delete(String(next - idsMax))
    log.set(id, { arrival: next, message })
    arrivals.set(String(next), id)
    next++
  }
  return {
    ...(log.patch === undefined ? {} : { log: log.patch }),
    ...(arrivals.patch === undefined ? {} : { arrivals: arrivals.patch }),
  }
}

const logRowCodec: Codec<LogRow> = {
  version: 1,
  encode({ arrival, message }) {
    const writer = new Writer()
    writer.number(arrival)
    return message === null ? writer.finish() : writer.finish(publishedFrames.encode(message))
  },
  decode(bytes, version) {
    const reader = new Reader(bytes, version)
    const arrival = reader.number()
    const rest = reader.rest()
    if (rest.length === 0) return { arrival, message: null }
    const decoded = publishedFrames.decode(rest)
    if (decoded.kind !== "frame") throw stateDamaged()
    return { arrival, message: decoded.frame }
  },
}

const idCodec: Codec<string> = {
  version: 1,
  encode(id) {
    const writer = new Writer()
    writer.shortText(id)
    return writer.finish()
  },
  decode(bytes, version) {
    const reader = new Reader(bytes, version)
    const id = reader.shortText()
    reader.end()
    return id
  },
}

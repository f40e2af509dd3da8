import {
  addToLogTable,
  type CompactState,
  freshChannel,
  freshLink,
  logOf,
  type LogState,
  type PublishedOptions,
  type PublishedState,
  receiveCompact,
  receivePublished,
  type SdsMessage,
  sendCompact,
  sendPublished,
} from "@colloquy/reliability"
import { describe, expect, it } from "vitest"
import { idOf } from "./compact-pair.js"
import { CountingMap } from "./counting-map.js"
import { sha256Number } from "./published-side.js"

const nowMs = 1_800_000_000_000
const content = Uint8Array.of(1, 2, 3)
const moment = { nowMs, random: () => 0.5, mayAcknowledge: true }
const sizes = [10, 1_000_000]

/** What a step did: look-ups and rows read, rows written. */
interface Cost {
  readonly operations: number
  readonly rows: number
}

function rowsOf(patch: object): number {
  return Object.values(patch).reduce((sum: number, piece: unknown) => sum + (piece instanceof Map ? piece.size : 1), 0)
}

describe("adding to a log costs the same whatever is in it", () => {
  it("RL-51: in the compact profile, sending and receiving, with or without messages that wait", () => {
    const costs = sizes.map((size) =>
      [0, Math.min(size, 100_000)].map((waiting): Cost[] => {
        const outgoing = new CountingMap<CompactState["outgoing"] extends ReadonlyMap<string, infer T> ? T : never>()
        const message = idOf("saro", 0, "")
        for (let sequence = size - waiting; sequence < size; sequence++)
          outgoing.set(String(sequence), { message, reported: true, lamport: nowMs, segment: null, content })
        const link = { ...freshLink, sequence: size, heard: size, unacknowledgedFrom: size - waiting, lamport: nowMs }
        const gaps = new CountingMap<never>()
        const state: CompactState = { link: { ...link, probeAtMs: nowMs + 1 }, outgoing, gaps }
        const measure = (work: () => { patch: object }): Cost => {
          const before = outgoing.operations + gaps.operations
          const rows = rowsOf(work().patch)
          return { operations: outgoing.operations + gaps.operations - before, rows }
        }
        return [
          measure(() => {
            const sent = sendCompact(state, { message, reported: true, lamport: nowMs, contents: [content] }, moment)
            if (sent.kind === "full") throw new Error(sent.kind)
            return sent
          }),
          measure(() => {
            const incoming = {
              lamport: nowMs,
              sequence: size,
              content,
              acknowledged: [{ first: size - 1, last: size - 1 }],
            }
            const received = receiveCompact(state, incoming, moment)
            if (received.kind === "refused") throw new Error(received.code)
            return received
          }),
        ]
      }),
    )
    expect(costs[1]).toEqual(costs[0])
    expect(costs.flat(2).every(({ operations, rows }) => operations <= 12 && rows <= 2)).toBe(true)
  })

  it("RL-51: in the published profile with a pruned log in tables, sending and receiving", () => {
    const options: PublishedOptions = { participant: "saro", channel: "reading", hash: sha256Number }
    const costs = sizes.map((size): Cost[] => {
      const log = new CountingMap<{ arrival: number; message: SdsMessage | null }>()
      const arrivals = new CountingMap<string>()
      const old: SdsMessage = { senderId: "raya", messageId: "old", channelId: "reading", lamport: 1, content }
      for (let arrival = 0; arrival < size; arrival++) {
        log.set(`id ${arrival}`, { arrival, message: old })
        arrivals.set(String(arrival), `id ${arrival}`)
      }
      const tables: LogState = { log, arrivals }
      const policy = { idsMax: size, messagesMax: size / 2 }
      const newest = { lamport: 1, entry: { messageId: `id ${size - 1}`, senderId: "raya" } }
      const state: PublishedState = {
        channel: { ...freshChannel, frontier: [newest], tips: [newest] },
        filter: new Map(),
        sent: new Map(),
        incoming: new Map(),
        wanted: new Map(),
        owed: new Map(),
      }
      const measure = (work: () => readonly SdsMessage[]): Cost => {
        const before = log.operations + arrivals.operations
        const patch = addToLogTable(tables, work(), size, policy)
        return { operations: log.operations + arrivals.operations - before, rows: rowsOf({ ...patch.log, ...patch }) }
      }
      return [
        measure(() => {
          const sent = sendPublished(state, { messageId: "new", content }, logOf(tables), moment, options)
          if (sent.kind === "full") throw new Error(sent.kind)
          return sent.logged
        }),
        measure(() => {
          const causalHistory = [{ messageId: `id ${size - 1}` }]
          const head = { senderId: "raya", messageId: "new", channelId: "reading" }
          const incoming: SdsMessage = { ...head, lamport: nowMs, causalHistory, content }
          const received = receivePublished(state, incoming, logOf(tables), moment, options)
          if (received.kind !== "received") throw new Error(received.kind)
          expect(received.delivered).toHaveLength(1)
          return received.delivered
        }),
      ]
    })
    expect(costs[1]).toEqual(costs[0])
    expect(costs.flat().every(({ operations, rows }) => operations <= 30 && rows === 5)).toBe(true)
  })

  it("RL-51: the log in tables is pruned by its policy: first the message, then the id", () => {
    const tables: LogState = { log: new Map(), arrivals: new Map() }
    const policy = { idsMax: 10, messagesMax: 4 }
    for (let arrival = 0; arrival < 100; arrival++) {
      const message: SdsMessage = { senderId: "raya", messageId: `id ${arrival}`, lamport: arrival, content }
      const patch = addToLogTable(tables, [message], arrival, policy)
      for (const [name, changes] of Object.entries(patch) as [keyof LogState, Map<string, never>][])
        for (const [key, row] of changes)
          if (row === undefined) (tables[name] as Map<string, never>).delete(key)
          else (tables[name] as Map<string, never>).set(key, row)
    }
    const log = logOf(tables)
    const known = Array.from({ length: 100 }, (_, arrival) => `id ${arrival}`).filter((id) => log.has(id))
    expect(known).toEqual(Array.from({ length: 10 }, (_, at) => `id ${90 + at}`))
    expect(known.filter((id) => log.message(id) !== undefined)).toEqual(known.slice(6))
    expect([tables.log.size, tables.arrivals.size]).toEqual([10, 10])
  })
})

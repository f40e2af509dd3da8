import { messageIdFromBytes, utf8 } from "@colloquy/core"
import {
  type CompactPatch,
  type CompactPublication,
  type CompactState,
  compactPieces,
  freshLink,
  type Gap,
  nextLamport,
  receiveCompact,
  sdsFrames,
  type SdsMessage,
  sendCompact,
  wakeCompact,
} from "@colloquy/reliability"
import { decodeSteps, encodeSteps, type Step } from "../engine/steps.js"
import { must, type Target } from "../target.js"
import { counting, crypto } from "./support/bytes.js"
import { checkTables } from "./support/tables.js"

const startMs = 1_800_000_000_000

/** Numbers from `first` to `last`, both included. */
type Numbers = readonly [first: number, last: number]

/**
 * A conversation of the compact profile in which the peer leaves gaps as he likes: a state with a thousand of them. The body of a step is a message, an operation
 * of 8 up lets time pass, one of 12 up sends.
 */
export const compactConversation: Target = {
  name: "compact-conversation",
  holds:
    "whatever a peer says of his numbers, none is acknowledged that he neither sent nor gave up, and every bound is kept",
  form: "steps",
  bytesMax: 10_000,
  runs: 100,
  open: async () => {
    const begun = gapped()
    const frames = sdsFrames({ bytesMax: 65_536 })
    const step = (message: SdsMessage): Step => ({ operation: 0, body: frames.encode(message) })
    const content = (sequence: number): Step => step({ lamport: startMs, sequence, content: utf8("x") })
    const wait: Step = { operation: 8, body: Uint8Array.of(70) }
    const send: Step = { operation: 12, body: utf8("mine") }
    return {
      seeds: [
        encodeSteps([content(2050), content(4), content(2060), wait, send, wait]),
        encodeSteps([
          step({
            unavailable: [
              { first: 0, last: 7 },
              { first: 9, last: 300 },
            ],
          }),
          content(5000),
          wait,
        ]),
        encodeSteps([step({ requested: [{ first: 0, last: 2 ** 48 }], acknowledged: [{ first: 3, last: 5 }] }), send]),
        encodeSteps([
          content(2 ** 40),
          step({ unavailable: [{ first: 3000, last: 2 ** 39 }] }),
          wait,
          content(2 ** 39 + 5),
        ]),
      ],
      check(input) {
        let state: CompactState = { ...begun, outgoing: new Map(begun.outgoing), gaps: new Map(begun.gaps) }
        const had: Numbers[] = Array.from({ length: gapsBegun }, (_, at) => [2 * at + 1, 2 * at + 1] as const)
        let nowMs = startMs
        const take = (taken: Taken): void => {
          state = applied(state, taken.patch)
          must((taken.missing ?? []).length <= 256, "more missing numbers in one step")
          must(taken.publish.length <= 258, `${taken.publish.length} publications`)
          for (const { message } of taken.publish) {
            frames.encode(message)
            for (const { first, last } of message.acknowledged ?? [])
              must(isCovered([first, last], had), `acknowledges ${first} to ${last}`)
          }
          checkGaps(state)
        }
        for (const { operation, body } of decodeSteps(input)) {
          const moment = { nowMs, random: () => 0.5, mayAcknowledge: true }
          if (operation % 16 >= 12) {
            const message = crypto.hash(Uint8Array.of(state.link.sequence, state.link.sequence >>> 8), 16)
            const lamport = nextLamport(state.link.lamport, nowMs)
            const sent = sendCompact(
              state,
              { message: messageIdFromBytes(message), reported: true, lamport, contents: [body] },
              moment,
            )
            if (sent.kind === "sent") take(sent)
          } else if (operation % 16 >= 8) {
            nowMs += 1000 * (1 + (body[0] ?? 0) + 0x100 * (body[1] ?? 0))
            take(wakeCompact(state, { ...moment, nowMs }))
          } else {
            const decoded = frames.decode(body)
            if (decoded.kind !== "frame") continue
            const { sequence, unavailable = [] } = decoded.frame
            const received = receiveCompact(state, decoded.frame, moment)
            if (received.kind === "refused") continue
            if (sequence !== undefined) had.push([sequence, sequence])
            for (const { first, last } of unavailable) had.push([first, last])
            take(received)
          }
        }
        checkTables(compactPieces, state as unknown as Readonly<Record<string, unknown>>)
      },
    }
  },
}

const gapsBegun = 1020

interface Taken {
  readonly patch: CompactPatch
  readonly publish: readonly CompactPublication[]
  readonly missing?: readonly number[]
}

/** Every other number was heard, and forty messages of ours wait. */
function gapped(): CompactState {
  let state: CompactState = { link: freshLink, outgoing: new Map(), gaps: new Map() }
  const moment = { nowMs: startMs - 1000, random: () => 0.5, mayAcknowledge: true }
  for (let at = 0; at < gapsBegun; at++) {
    const received = receiveCompact(state, { lamport: startMs, sequence: 2 * at + 1, content: utf8("x") }, moment)
    if (received.kind === "received") state = applied(state, received.patch)
  }
  for (let at = 0; at < 40; at++) {
    const message = messageIdFromBytes(crypto.hash(Uint8Array.of(at), 16))
    const contents = at % 8 === 0 ? [counting(9), counting(8), counting(7)] : [counting(20)]
    const sent = sendCompact(state, { message, reported: true, lamport: startMs + at, contents }, moment)
    if (sent.kind === "sent") state = applied(state, sent.patch)
  }
  return state
}

function applied(state: CompactState, { link, outgoing, gaps }: CompactPatch): CompactState {
  const rows = <T>(
    table: ReadonlyMap<string, T>,
    patch: ReadonlyMap<string, T | undefined> | undefined,
  ): Map<string, T> => {
    const written = table as Map<string, T>
    for (const [key, row] of patch ?? [])
      if (row === undefined) written.delete(key)
      else written.set(key, row)
    return written
  }
  return { link: link ?? state.link, outgoing: rows(state.outgoing, outgoing), gaps: rows(state.gaps, gaps) }
}

/** Gaps lie one after the other below what was heard, and none is empty. */
function checkGaps({ link, gaps }: CompactState): void {
  must(gaps.size <= 1024, `${gaps.size} gaps`)
  let end = -1
  for (const first of [...gaps.keys()].map(Number).sort((a, b) => a - b)) {
    const { last } = gaps.get(String(first)) as Gap
    must(first > end && last >= first && last < link.heard, `a gap from ${first} to ${last}, after ${end}`)
    end = last
  }
}

/** Whether all of these numbers are among the others. */
function isCovered([first, last]: Numbers, by: readonly Numbers[]): boolean {
  let at = first
  for (let found = true; found && at <= last;) {
    found = false
    for (const [from, to] of by)
      if (from <= at && at <= to) {
        at = to + 1
        found = true
      }
  }
  return at > last
}

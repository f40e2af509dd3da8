import { fromUtf8, utf8 } from "@colloquy/core"
import {
  decodeSegment,
  encodeSegments,
  publishedFrames,
  publishedPieces,
  receiveSegment,
  segmentPieces,
  type SegmentState,
  expireSegments,
} from "@colloquy/reliability"
import { PublishedSide } from "../../../packages/reliability/test/published-side.js"
import { decodeSteps, encodeSteps, type Step } from "../engine/steps.js"
import { must, type Target } from "../target.js"
import { counting, crypto } from "./support/bytes.js"
import { sdsSeeds } from "./support/sds.js"
import { checkTables } from "./support/tables.js"

const startMs = 1_800_000_000_000

/** A channel of the published profile, of whose other participants anyone may be hostile. The body of a step is a message, an operation of 8 up lets time pass. */
export const publishedChannel: Target = {
  name: "published-channel",
  holds: "whatever participants of a channel send is taken or refused, within the bounds of every table",
  form: "steps",
  bytesMax: 20_000,
  runs: 300,
  open: async () => ({
    seeds: [
      encodeSteps(sdsSeeds().map((body) => ({ operation: 0, body }))),
      encodeSteps(conversation()),
      encodeSteps([{ operation: 14, body: utf8("mine") }, ...conversation(), { operation: 9, body: counting(3) }]),
    ],
    check(input) {
      let nowMs = startMs
      let bytes = 0
      let sends = 0
      const side = new PublishedSide(
        "raya",
        () => 0.5,
        (sent) => (bytes += sent.length),
        {},
        { idsMax: 64, messagesMax: 16 },
      )
      for (const { operation, body } of decodeSteps(input)) {
        bytes = 0
        // The same text at the same time would have the same id.
        if (operation % 16 >= 14) side.send(`${sends++} ${fromUtf8(body.slice(0, 100)) ?? "mine"}`, nowMs)
        else if (operation % 16 >= 8) {
          nowMs += 1000 * (1 + (body[0] ?? 0) + 0x100 * (body[1] ?? 0))
          side.wake(nowMs)
        } else if (publishedFrames.decode(body).kind === "frame") side.receive(body, nowMs)
        must(bytes <= 64 * 40_000, `${bytes} bytes are sent for ${body.length}`)
      }
      checkTables(publishedPieces, side.state as unknown as Readonly<Record<string, unknown>>)
      must(side.wakeAtMs === undefined || Number.isFinite(side.wakeAtMs), `wakes at ${side.wakeAtMs}`)
      must(new Set(side.delivered).size === side.delivered.length, "a message is delivered twice")
    },
  }),
}

/** Segments of the published specification, from two senders. */
export const segments: Target = {
  name: "segments",
  holds: "segments give whole messages or nothing, and what is half-finished stays within bounds",
  form: "steps",
  bytesMax: 20_000,
  runs: 1000,
  open: async () => {
    const hash = (bytes: Uint8Array): Uint8Array => crypto.hash(bytes, 32)
    const [one, other] = [encodeSegments(counting(40), 10, hash), encodeSegments(counting(9), 4, hash)]
    const parts = (encoded: readonly Uint8Array[], operation: number): readonly Step[] =>
      encoded.map((body) => ({ operation, body }))
    return {
      seeds: [
        encodeSteps([...parts(one, 0), ...parts(other, 1)]),
        encodeSteps([...parts(other, 0), ...parts(one, 1), ...parts(one, 1)].reverse()),
        encodeSteps([...parts(one, 0).slice(1), { operation: 8, body: counting(3) }, ...parts(one, 0)]),
      ],
      check(input) {
        const partials = new Map()
        const rows = new Map()
        const state: SegmentState = { partials, segments: rows }
        const apply = (patch: object): void => {
          for (const [name, table] of [
            ["partials", partials],
            ["segments", rows],
          ] as const)
            for (const [key, row] of (patch as Record<string, ReadonlyMap<string, unknown> | undefined>)[name] ?? [])
              if (row === undefined) table.delete(key)
              else table.set(key, row)
        }
        let nowMs = startMs
        for (const { operation, body } of decodeSteps(input)) {
          if (operation >= 8) {
            nowMs += 86_400_000 * (body[0] ?? 1)
            apply(expireSegments(state, nowMs).patch)
            continue
          }
          const decoded = decodeSegment(body, operation % 2 === 0 ? "saro" : "pax")
          if (decoded.kind !== "data") continue
          const taken = receiveSegment(state, decoded.part, nowMs, hash)
          if (!("patch" in taken)) continue
          apply(taken.patch)
          if (taken.kind === "whole")
            must(
              hash(taken.content).join() === decoded.part.digest.join(),
              "a whole message is not what its digest says",
            )
        }
        const open = [...partials.values()].filter((partial) => (partial as { state: string }).state === "open")
        if (open.length === 0) must(rows.size === 0, "segments of no message stay")
        checkTables(segmentPieces, { partials, segments: rows })
      },
    }
  },
}

function conversation(): readonly Step[] {
  const message = (messageId: string, lamport: number, more: object = {}): Uint8Array =>
    publishedFrames.encode({
      senderId: "saro",
      messageId,
      channelId: "reading",
      lamport,
      content: utf8(messageId),
      ...more,
    })
  return [
    { operation: 0, body: message("a", startMs) },
    { operation: 0, body: message("c", startMs + 2, { causalHistory: [{ messageId: "b", senderId: "saro" }] }) },
    { operation: 8, body: Uint8Array.of(60) },
    { operation: 0, body: message("d", startMs + 3, { repairRequest: [{ messageId: "a", senderId: "saro" }] }) },
    { operation: 8, body: Uint8Array.of(0, 3) },
    { operation: 0, body: message("b", startMs + 1) },
    {
      operation: 0,
      body: publishedFrames.encode({ senderId: "pax", messageId: "e", channelId: "reading", content: utf8("now") }),
    },
  ]
}

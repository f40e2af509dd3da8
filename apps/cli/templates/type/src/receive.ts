import { type ConversationContext, equalBytes, type ReceiveInput, toHex } from "@colloquy/core"
import { openMessage, ratchetHint, type RatchetPosition, sweepSkippedKeys } from "@colloquy/crypto"
import { decodeSealed } from "./frames.js"
import type { SketchOutcome } from "./machine.js"
import { heardLamport, messageId } from "./messages.js"
import { associatedData, suiteOf } from "./secrets.js"
import { ratchetOf, type SketchPatch, type SketchState } from "./state.js"

/** SK1-11: how many messages in a row may be lost, or overtaken, and the next one still be found. */
export const windowMax = 64

/** SK1-7 to SK1-11. Whatever fails, at whatever point, changes nothing. */
export function receive(state: SketchState, input: ReceiveInput, context: ConversationContext): SketchOutcome {
  const { crypto, conversation, nowMs } = context
  const { bond } = state
  if (input.topic !== bond.inTopic) return { kind: "refused", code: "TOPIC_FOREIGN" }
  const position = input.hint === undefined ? undefined : locate(state, input.hint, context)
  if (input.hint === undefined || position === undefined) return { kind: "refused", code: "HINT_UNKNOWN" }
  const opened = openMessage(suiteOf(crypto), ratchetOf(state), state.skipped, {
    position,
    hint: input.hint,
    payload: input.payload,
    associatedData: associatedData(crypto, conversation, bond.inTopic, bond.peer, bond.self),
    nowMs,
  })
  if (opened.kind === "refused") return { kind: "refused", code: opened.code }
  const frame = decodeSealed(opened.plaintext)
  if (frame === undefined) return { kind: "refused", code: "FRAME_UNEXPECTED" }
  const { root, sending, receiving, skipped } = opened
  const patch: SketchPatch = {
    ...(root === undefined ? {} : { root }),
    ...(sending === undefined ? {} : { sending }),
    ...(receiving === undefined ? {} : { receiving }),
    ...(skipped === undefined ? {} : { skipped }),
  }
  const rows = new Map(state.skipped)
  for (const [row, key] of skipped ?? [])
    if (key === undefined) rows.delete(row)
    else rows.set(row, key)
  const { nextMs } = sweepSkippedKeys(rows, 0)
  const after = {
    wipe: [opened.plaintext, ...opened.superseded],
    ...(nextMs === undefined ? {} : { wakeAtMs: nextMs }),
  }
  const from = bond.peer
  if (frame.kind === "unknown")
    return { kind: "next", patch, effects: [{ kind: "unknown-frame", from, tag: frame.tag }], ...after }
  const [lamport, sentAtMs] = [Number(frame.value.lamport), Number(frame.value.sentAtMs)]
  const message = messageId(crypto, conversation, input.hint)
  return {
    kind: "next",
    patch: { ...patch, lamport: heardLamport(state.lamport, lamport, nowMs) },
    effects: [{ kind: "deliver", message, from, lamport, sentAtMs, content: frame.value.content }],
    ...after,
  }
}

/** Where a hint says that its message stands; `undefined` when nothing is expected under it. */
function locate(state: SketchState, hint: Uint8Array, { crypto }: ConversationContext): RatchetPosition | undefined {
  const { root, receiving, skipped } = state
  const row = toHex(hint)
  if (skipped.has(row)) return { chain: "skipped", row }
  const suite = suiteOf(crypto)
  const find = (key: Uint8Array, from: number): number | undefined => {
    for (let number = from; number < from + windowMax; number++)
      if (equalBytes(ratchetHint(suite, key, number), hint)) return number
    return undefined
  }
  const current = root.receivingHeader === null || receiving === null ? undefined : root.receivingHeader.key
  const number = current === undefined ? undefined : find(current, receiving?.next ?? 0)
  if (number !== undefined) return { chain: "current", number }
  const next = root.own === null ? undefined : find(root.nextReceivingHeaderKey, 0)
  return next === undefined ? undefined : { chain: "next", number: next }
}

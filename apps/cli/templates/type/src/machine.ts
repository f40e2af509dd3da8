import type { ConversationContext, Effect, Machine, Outcome } from "@colloquy/core"
import { sweepSkippedKeys } from "@colloquy/crypto"
import { contentBytesMax } from "./frames.js"
import { receive } from "./receive.js"
import { send } from "./send.js"
import { accept, create } from "./start.js"
import type { SketchPatch, SketchShape, SketchState } from "./state.js"

/** The type has no words of its own yet. */
export type Words = Record<never, never>
export type SketchOutcome = Outcome<SketchPatch, Effect<Words>>

/** A state machine without clock, randomness or I/O of its own: `start` once, then `step` for each input. */
export const machine: Machine<SketchShape, Words, Words> = {
  start(input, context) {
    switch (input.kind) {
      case "create":
        return create(input, context)
      case "accept":
        return accept(input, context)
      case "restore":
        return { kind: "refused", code: "NOT_SUPPORTED" }
    }
  },
  step(state, input, context) {
    switch (input.kind) {
      case "send":
        return send(state, input, context)
      case "receive":
        return receive(state, input, context)
      case "wake":
        return sweep(state, context)
      default:
        return { kind: "refused", code: "NOT_SUPPORTED" }
    }
  },
  routes: ({ bond }) => [{ topic: bond.inTopic }],
  view: ({ bond }) => ({
    participants: [bond.self, bond.peer],
    carriesTo: [],
    can: { send: true },
    contentBytesMax,
  }),
}

/** SK1-10: keys of messages that were passed over are erased when their time is over. */
function sweep({ skipped }: SketchState, { nowMs }: ConversationContext): SketchOutcome {
  const { patch, superseded, nextMs } = sweepSkippedKeys(skipped, nowMs)
  return {
    kind: "next",
    patch: patch.size === 0 ? {} : { skipped: patch },
    effects: [],
    wipe: superseded,
    ...(nextMs === undefined ? {} : { wakeAtMs: nextMs }),
  }
}

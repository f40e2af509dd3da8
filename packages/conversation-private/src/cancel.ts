import type { CancelInput, ConversationContext } from "@colloquy/core"
import { deadlineOf, type Outgoing } from "@colloquy/reliability"
import { deadline, wakeAt } from "./deadline.js"
import { encodeWithdrawn } from "./frames.js"
import { refused } from "./refusals.js"
import { Sealer } from "./sealer.js"
import { type Draft, type PrivateState, ratchetOf } from "./state.js"
import type { PrivateOutcome } from "./vocabulary.js"

/** PV1-44: takes a message of ours back that was never sent. Its number is filled, so that the peer does not wait for it. */
export function cancel(state: PrivateState, { message }: CancelInput, context: ConversationContext): PrivateOutcome {
  const outgoing = new Map<string, Outgoing>()
  const wipe: Uint8Array[] = []
  let { keptBytes } = state.link
  for (const [key, row] of state.outgoing) {
    if (row.message !== message || !row.reported) continue
    const content = encodeWithdrawn()
    outgoing.set(key, { ...row, reported: false, segment: null, content })
    keptBytes += content.length - (row.content?.length ?? 0)
    if (row.content !== null) wipe.push(row.content)
  }
  if (outgoing.size === 0) return refused("PV1_TOO_LATE")
  const sealer = new Sealer(state.bond, ratchetOf(state), state.beacon, context)
  for (const [key, { lamport, content }] of outgoing) {
    const withdrawn = { lamport, sequence: Number(key), ...(content === null ? {} : { content }) }
    if (sealer.seal({ kind: "repair", message: withdrawn }) === undefined) return refused("PV1_EXHAUSTED")
  }
  const link = { ...state.link, keptBytes }
  const patch: Draft = { link, outgoing }
  sealer.patchInto(patch)
  const isAllowed = context.consent === "allowed"
  return {
    kind: "next",
    patch,
    effects: [...(sealer.listen === undefined ? [] : [sealer.listen]), ...sealer.publish],
    wipe: [...wipe, ...sealer.wipe],
    ...wakeAt(deadline(deadlineOf(link, isAllowed), state, patch, isAllowed)),
  }
}

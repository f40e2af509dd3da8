import { empty, type Resident } from "@colloquy/core"
import { decodeFrame, keyBytes } from "./frames.js"

/**
 * Turns invites into channels. Nothing is needed to be invited, so its offers are empty; it is here because an invite may concern a channel that is
 * there already (CH1-15), and only who reads the invite can say which.
 */
export const channelResident: Resident<Record<never, never>> = {
  carries: false,
  start(context) {
    const secret = context.random(keyBytes)
    const conversation = context.conversationId({ from: "secret", secret })
    return { kind: "next", conversation, patch: {}, effects: [], wipe: [secret] }
  },
  step(_, input, context) {
    if (input.kind === "offer") return { kind: "next", patch: {}, effects: [{ kind: "offered", offer: empty }] }
    if (input.kind === "introduced" || input.kind === "wake") return { kind: "next", patch: {}, effects: [] }
    if (input.kind !== "parcel" || input.parcel.kind !== "invite") return { kind: "refused", code: "NOT_SUPPORTED" }
    const frame = decodeFrame(input.parcel.body)
    if (frame?.kind !== "invite") return { kind: "refused", code: "INVITE_MALFORMED" }
    const { conversation, root, lane, grant } = frame.invite
    context.crypto.wipe(root, lane, grant.chain, grant.place)
    const effect = { kind: "begin" as const, from: input.from, invite: input.parcel.body, conversation }
    return { kind: "next", patch: {}, effects: [effect] }
  },
  routes: () => [],
}

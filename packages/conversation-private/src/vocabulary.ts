import {
  type Codec,
  concat,
  type Effect,
  type Outcome,
  type Participant,
  participantFromKey,
  participantKey,
  StateReader,
  stateDamaged,
} from "@colloquy/core"
import type { ResetReason } from "./frames.js"
import type { PrivatePatch } from "./state.js"

/** PV1-38: a person asks for a new session. It has no fields. */
export type ResetCommand = Readonly<Record<string, never>>

/** PV1-41: the conversation goes on in a new session. */
export interface ResetNotice {
  /** Who began it. */
  readonly by: Participant
  readonly reason: ResetReason
}

const resetCommandCodec: Codec<ResetCommand> = {
  version: 1,
  encode: () => new Uint8Array(0),
  decode(bytes, version) {
    new StateReader(bytes, version).end()
    return {}
  },
}

const reasons: readonly ResetReason[] = ["person", "restored", "rollback"]

/** `ED ‖ reason`, 33 bytes. */
const resetNoticeCodec: Codec<ResetNotice> = {
  version: 1,
  encode: ({ by, reason }) => concat(participantKey(by), Uint8Array.of(reasons.indexOf(reason))),
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const by = participantFromKey(reader.take(32))
    const reason = reasons[reader.take(1)[0] as number]
    reader.end()
    if (reason === undefined) throw stateDamaged()
    return { by, reason }
  },
}

export const commands = { reset: resetCommandCodec }
export const notices = { reset: resetNoticeCodec }

export type PrivateEffect = Effect<typeof notices>
export type PrivateOutcome = Outcome<PrivatePatch, PrivateEffect>

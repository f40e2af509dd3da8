import { type Codec, concat, lengthPrefixed, StateReader, le64 } from "@colloquy/core"
import { chainCodec, type Ratchet, ratchetRootCodec } from "@colloquy/crypto"

/** PV1-40: how long what was sealed in an earlier session is still opened. */
export const oldSessionLifetimeMs: number = 30 * 24 * 3_600_000

const sessionIdBytes = 16

/** Which session of the conversation is the present one. */
export interface Session {
  /** Made from its secrets, 16 bytes. */
  readonly id: Uint8Array
  /** PV1-39: 0 for the one that founded the conversation; a later session has a higher one. */
  readonly epoch: number
  /** When a session was last begun without a person's wish, 0 for never. */
  readonly automaticAtMs: number
  /** Our invite to it, as long as the peer has not been heard in it. */
  readonly invite: PendingInvite | null
}

export interface PendingInvite {
  readonly body: Uint8Array
  /** The introduction that it is brought under. */
  readonly introduction: Uint8Array
  /** How often it has been sent. */
  readonly sent: number
  readonly againAtMs: number
}

/** `LE64(epoch) ‖ LE64(automatic) ‖ id`, then for an invite of ours `LE64(sent) ‖ LE64(again) ‖ LP(body) ‖ LP(introduction)`. */
export const sessionCodec: Codec<Session> = {
  version: 1,
  encode({ id, epoch, automaticAtMs, invite }) {
    const parts = [le64(epoch), le64(automaticAtMs), id]
    if (invite !== null)
      parts.push(le64(invite.sent), le64(invite.againAtMs), lengthPrefixed(invite.body, invite.introduction))
    return concat(...parts)
  },
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    const [epoch, automaticAtMs, id] = [reader.le64(), reader.le64(), reader.take(sessionIdBytes)]
    if (reader.isDone) return { id, epoch, automaticAtMs, invite: null }
    const [sent, againAtMs] = [reader.le64(), reader.le64()]
    const invite = { sent, againAtMs, body: reader.prefixed(), introduction: reader.prefixed() }
    reader.end()
    return { id, epoch, automaticAtMs, invite }
  },
}

/** A session that was replaced: only opened, never sent in. */
export interface OldSession {
  readonly ratchet: Ratchet
  /** AD of what the peer sends in it. */
  readonly incoming: Uint8Array
  readonly untilMs: number
}

/** `LE64(until) ‖ AD ‖ LP(root) ‖ LP(sending) ‖ LP(receiving)`; no bytes for none. */
export const oldSessionCodec: Codec<OldSession | null> = {
  version: 1,
  encode(old) {
    if (old === null) return new Uint8Array(0)
    const { root, sending, receiving } = old.ratchet
    return concat(
      le64(old.untilMs),
      old.incoming,
      lengthPrefixed(ratchetRootCodec.encode(root), chainCodec.encode(sending), chainCodec.encode(receiving)),
    )
  },
  decode(bytes, version) {
    const reader = new StateReader(bytes, version)
    if (reader.isDone) return null
    const [untilMs, incoming] = [reader.le64(), reader.take(32)]
    const root = ratchetRootCodec.decode(reader.prefixed(), 1)
    const sending = chainCodec.decode(reader.prefixed(), 1)
    const receiving = chainCodec.decode(reader.prefixed(), 1)
    reader.end()
    return { untilMs, incoming, ratchet: { root, sending, receiving } }
  },
}

/** Every buffer of a ratchet that is given up. */
export function ratchetBuffers({ root, sending, receiving }: Ratchet): Uint8Array[] {
  const { own, receivingHeader, sendingHeader } = root
  return [
    root.rootKey,
    root.nextReceivingHeaderKey,
    sendingHeader.key,
    sendingHeader.subkey,
    ...(own === null ? [] : [own.secretKey, own.nextSendingHeaderKey]),
    ...(receivingHeader === null ? [] : [receivingHeader.key, receivingHeader.subkey]),
    ...(sending === null ? [] : [sending.key]),
    ...(receiving === null ? [] : [receiving.key]),
  ]
}

/** PV1-39: the order of sessions, the same for both: the higher epoch, then the smaller id. */
export function isLaterSession(a: Pick<Session, "id" | "epoch">, b: Pick<Session, "id" | "epoch">): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch
  for (let i = 0; i < sessionIdBytes; i++) {
    const difference = (a.id[i] as number) - (b.id[i] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}

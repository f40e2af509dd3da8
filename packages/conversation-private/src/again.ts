import type { CarryEffect, Context, MessageId } from "@colloquy/core"
import { type CompactPublication, type CompactState, type Outgoing, sdsMissingId } from "@colloquy/reliability"
import type { Sealer } from "./sealer.js"
import type { Bond } from "./state.js"
import { typeId } from "./type-id.js"
import type { PrivateEffect } from "./vocabulary.js"

/** Seals what is sent again. Of a chain without numbers nothing can be sent: the next probe, or a new session, brings it. */
export function sealAgain(
  sealer: Sealer,
  publish: readonly CompactPublication[],
  { outgoing }: Pick<CompactState, "outgoing">,
): void {
  for (const publication of publish) {
    const row = outgoing.get(String(publication.message.sequence))
    sealer.seal(publication, namedBy(row))
  }
}

/** The message that the outbox is told of with a row: of several segments the last one names it. */
export function namedBy(row: Outgoing | undefined): MessageId | undefined {
  if (row === undefined || !row.reported) return undefined
  return row.segment === null || row.segment.index === row.segment.count - 1 ? row.message : undefined
}

/** PV1-46: what the application is told of a number of the peer's whose message, and so whose id, is not known. */
export function absent(
  { peer, peerIdPrefix }: Bond,
  number: number,
  fate: "missing" | "recovered",
  { crypto }: Pick<Context, "crypto">,
): PrivateEffect {
  return { kind: "fate", message: sdsMissingId(crypto, peerIdPrefix, number), fate, by: peer }
}

/** PV1-12, PV1-38: asks a carrier to bring an invite over. */
export function carryInvite(to: CarryEffect["to"], body: Uint8Array, introduction?: Uint8Array): CarryEffect {
  const carry: CarryEffect = { kind: "carry", to, parcel: { type: typeId, kind: "invite", body } }
  return introduction === undefined ? carry : { ...carry, introduction }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** PV1-38: how long after the first, second, … time an invite to a session is sent again. After the last it is left at that. */
const inviteAgainMs: readonly number[] = [hourMs, 6 * hourMs, dayMs, 3 * dayMs, 7 * dayMs, 14 * dayMs, 30 * dayMs]

/** How long after an invite was sent so many times it is sent again; `undefined` for never. */
export function inviteDelayMs(sent: number): number | undefined {
  return inviteAgainMs[sent - 1]
}

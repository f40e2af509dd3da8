import type { Refused } from "@colloquy/core"
import type { RatchetRefused } from "@colloquy/crypto"

/** Every reason for which PrivateV1 refuses; specs/private-v1.md, section "Refusals", says which rule each one stands for. */
export type RefusalCode =
  | "PV1_PEERS"
  | "PV1_OFFER"
  | "PV1_OFFERS_FULL"
  | "PV1_INVITE"
  | "PV1_PREKEY"
  | "PV1_KEY"
  | "PV1_TOPIC"
  | "PV1_HINT"
  | "PV1_LENGTH"
  | "PV1_HEADER"
  | "PV1_TOO_FAR"
  | "PV1_MESSAGE"
  | "PV1_PADDING"
  | "PV1_SDS"
  | "PV1_FRAME"
  | "PV1_LAMPORT"
  | "PV1_CONTENT_TOO_LONG"
  | "PV1_PARCEL_TOO_LONG"
  | "PV1_NOT_PEER"
  | "PV1_EXHAUSTED"
  | "PV1_UNACKNOWLEDGED_FULL"
  | "PV1_TOO_LATE"
  | "PV1_NO_INTRODUCTION"
  | "PV1_STALE"
  | "PV1_SEGMENT"
  | "PV1_BACKUP"
  | "PV1_UNEXPECTED"

export function refused(code: RefusalCode): Refused {
  return { kind: "refused", code }
}

const ratchetCodes: Readonly<Record<RatchetRefused["code"], RefusalCode>> = {
  RATCHET_TRUNCATED: "PV1_LENGTH",
  RATCHET_POSITION: "PV1_HINT",
  RATCHET_HEADER: "PV1_HEADER",
  RATCHET_TOO_FAR: "PV1_TOO_FAR",
  RATCHET_MESSAGE: "PV1_MESSAGE",
}

export function refusedByRatchet({ code }: RatchetRefused): Refused {
  return refused(ratchetCodes[code])
}

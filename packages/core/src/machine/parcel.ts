import type { TypeId } from "../identifiers/type-id.js"
import type { Topic } from "../topics/topic.js"

/**
 * How types work together without knowing each other: bytes in a box, labelled with the type that alone can read it.
 * `offer`: what someone needs in order to start this type with me (a prekey, a key package). `offer-request`: asks for one.
 * `invite`: starts a conversation of this type.
 */
export interface Parcel {
  readonly type: TypeId
  readonly kind: ParcelKind
  readonly body: Uint8Array
}

export type ParcelKind = "offer" | "offer-request" | "invite"

/** What a recipient's introduction gives a carrier to bring a parcel with, once. */
export interface CarriageOffer {
  /** The carrier type's own offer bytes from the introduction. */
  readonly offer: Uint8Array
  /** BLAKE2b-256 of the whole introduction. */
  readonly introductionDigest: Uint8Array
  /** Where the recipient receives. */
  readonly inboxTopic: Topic
  readonly expiresAtMs: number
}

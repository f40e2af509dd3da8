import { x25519 } from "@noble/curves/ed25519.js"
import { b2b, hex, join, lp, pad, random, text, unpad } from "./bytes.js"
import type { Identity } from "./identity.js"
import { type Parcel, inviteKind, type Sealed, sealParcel } from "./inbox.js"
import type { Introduction, OwnIntroduction } from "./introduction.js"
import { bytesOf, field, type Fields, has, numberField, numberOf, read } from "./protobuf.js"
import { Ratchet } from "./ratchet.js"

/** private-v1.md, "Invite" and "Sessions and recovery". */
const buckets = Array.from({ length: 19 }, (_, index) => (index % 2 === 0 ? 160 : 120) * 2 ** Math.ceil(index / 2))

export interface Reset {
  readonly conversation: string
  readonly epoch: number
  readonly floor: number
  /** 1 for a person, 2 for a restore, 3 for a rollback. */
  readonly reason: number
}

interface Founding {
  readonly seed: Uint8Array
  readonly initiator: Uint8Array
  readonly responder: Uint8Array
  readonly prekey: Uint8Array
  readonly ratchetKey: Uint8Array
  readonly initiatorTopic: string
  readonly responderTopic: string
  readonly reset?: Reset | undefined
}

/** One ratchet of a conversation. */
export class Session {
  readonly conversation: string
  readonly peer: Uint8Array
  readonly peerTopic: string
  readonly epoch: number
  readonly ratchet: Ratchet
  readonly #id: Uint8Array

  constructor(founding: Founding, initiates: boolean, secret: Uint8Array) {
    const { seed, initiator, responder, prekey, ratchetKey, initiatorTopic, responderTopic, reset } = founding
    const parts = ["colloquy/PrivateV1/1", initiator, responder, prekey, ratchetKey]
    const x = b2b(512, lp(...parts, ...(reset ? [reset.conversation] : [])), seed)
    const founded = `/private/1/${hex(b2b(128, lp("colloquy/conversation-id/1", "PrivateV1", "secret"), x))}`
    this.conversation = reset?.conversation ?? founded
    this.epoch = reset?.epoch ?? 0
    this.#id = b2b(128, "session", x)
    const bound = (topic: string, direction: number): Uint8Array => {
      const [place, people] = [lp("colloquy/PrivateV1/1", this.conversation, topic), join(initiator, responder)]
      return b2b(256, join(place, Uint8Array.of(direction), people))
    }
    const [toResponder, toInitiator] = [bound(responderTopic, 0), bound(initiatorTopic, 1)]
    this.peer = initiates ? responder : initiator
    this.peerTopic = initiates ? responderTopic : initiatorTopic
    this.ratchet = new Ratchet({
      initiates,
      x,
      secret,
      key: initiates ? prekey : ratchetKey,
      outgoing: initiates ? toResponder : toInitiator,
      incoming: initiates ? toInitiator : toResponder,
    })
  }

  /** PV1-39. */
  isLaterThan(other: Session): boolean {
    if (this.epoch !== other.epoch) return this.epoch > other.epoch
    return this.epoch > 0 && hex(this.#id) < hex(other.#id)
  }

  seal(message: Uint8Array, again = false): Sealed {
    return this.ratchet.seal(pad(message, buckets.find((bucket) => bucket > message.length) ?? 0), again)
  }

  /** `undefined` for what is of no use here (PV1-16, PV1-19). */
  open(sealed: Sealed): Uint8Array | undefined {
    if (!buckets.includes(sealed.payload.length - 80)) return undefined
    const padded = this.ratchet.open(sealed)
    return padded && unpad(padded)
  }
}

export interface Invitation {
  readonly session: Session
  /** Makes the payload that the inbox brings, with the first payload inside. */
  readonly invite: (first?: Uint8Array) => Sealed
}

/** PV1-10, PV1-12, PV1-38. */
export function invite(self: Identity, introduction: Introduction, reset?: Reset): Invitation {
  const offer = read(bytesOf(read(introduction.offers.get("PrivateV1") ?? new Uint8Array(0)), 16))
  const [seed, secret] = [random(32), random(32)]
  const founding: Founding = {
    seed,
    initiator: self.key,
    responder: introduction.key,
    prekey: bytesOf(offer, 2),
    ratchetKey: x25519.getPublicKey(secret),
    initiatorTopic: self.topic,
    responderTopic: introduction.topic,
    reset,
  }
  const body = (first?: Uint8Array): Uint8Array =>
    join(
      field(1, seed),
      field(2, founding.ratchetKey),
      field(3, bytesOf(offer, 1)),
      field(4, self.topic),
      field(5, introduction.topic),
      first ? field(6, first, true) : "",
      reset ? field(7, encodeReset(reset)) : "",
    )
  return {
    session: new Session(founding, true, secret),
    invite: (first) => sealParcel(self, introduction, "PrivateV1", field(17, body(first))),
  }
}

export interface Accepted {
  readonly session: Session
  readonly first?: Uint8Array | undefined
  readonly reset?: Reset | undefined
}

/** PV1-13. */
export function accept(self: Identity, own: OwnIntroduction, { from, type, kind, body }: Parcel): Accepted {
  const fields = read(bytesOf(read(body), 17))
  if (type !== "PrivateV1" || kind !== inviteKind || hex(bytesOf(fields, 3)) !== hex(own.prekey.id))
    throw new Error("another parcel")
  const reset = has(fields, 7) ? readReset(read(bytesOf(fields, 7))) : undefined
  const founding: Founding = {
    seed: bytesOf(fields, 1),
    initiator: from,
    responder: self.key,
    prekey: own.prekey.key,
    ratchetKey: bytesOf(fields, 2),
    initiatorTopic: text(bytesOf(fields, 4)),
    responderTopic: text(bytesOf(fields, 5)),
    reset,
  }
  const first = has(fields, 6) ? bytesOf(fields, 6) : undefined
  return { session: new Session(founding, false, own.prekey.secret), first, reset }
}

function encodeReset({ conversation, epoch, floor, reason }: Reset): Uint8Array {
  return join(field(1, conversation), numberField(2, epoch), numberField(3, floor), numberField(4, reason))
}

function readReset(fields: Fields): Reset {
  const [epoch, floor, reason] = [numberOf(fields, 2), numberOf(fields, 3), numberOf(fields, 4)]
  return { conversation: text(bytesOf(fields, 1)), epoch, floor, reason }
}

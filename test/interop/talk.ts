import { x25519 } from "@noble/curves/ed25519.js"
import { b2b, hex, join, le32, le64, lp, pad, random, text, unpad } from "./bytes.js"
import type { Identity } from "./identity.js"
import { inviteKind, openParcel, type Sealed, sealParcel } from "./inbox.js"
import type { Introduction, OwnIntroduction } from "./introduction.js"
import { bytesOf, field, has, numberField, numberOf, read, readVarints, varint } from "./protobuf.js"
import { Ratchet } from "./ratchet.js"

/** private-v1.md: one conversation, without resets, segments and deadlines of its own. */
const buckets = Array.from({ length: 19 }, (_, index) => (index % 2 === 0 ? 160 : 120) * 2 ** Math.ceil(index / 2))
const textContent = { domain: 49_169, tag: 1 }

export interface Heard {
  readonly id?: string
  readonly text?: string
  /** First and last of each range. */
  readonly acknowledged: readonly (readonly [number, number])[]
  readonly requested: readonly (readonly [number, number])[]
}

interface Founding {
  readonly seed: Uint8Array
  readonly initiator: Uint8Array
  readonly responder: Uint8Array
  readonly prekey: Uint8Array
  readonly ratchetKey: Uint8Array
  readonly initiatorTopic: string
  readonly responderTopic: string
}

export class Talk {
  readonly id: string
  readonly peerTopic: string
  readonly #self: Uint8Array
  readonly #peer: Uint8Array
  readonly #ratchet: Ratchet
  readonly #heard = new Set<number>()
  #sequence = 0
  #lamport = 0

  private constructor(founding: Founding, initiates: boolean, secret: Uint8Array) {
    const { seed, initiator, responder, prekey, ratchetKey, initiatorTopic, responderTopic } = founding
    const x = b2b(512, lp("colloquy/PrivateV1/1", initiator, responder, prekey, ratchetKey), seed)
    this.id = `/private/1/${hex(b2b(128, lp("colloquy/conversation-id/1", "PrivateV1", "secret"), x))}`
    const bound = (topic: string, direction: number): Uint8Array =>
      b2b(256, join(lp("colloquy/PrivateV1/1", this.id, topic), Uint8Array.of(direction), initiator, responder))
    const [toResponder, toInitiator] = [bound(responderTopic, 0), bound(initiatorTopic, 1)]
    this.#self = initiates ? initiator : responder
    this.#peer = initiates ? responder : initiator
    this.peerTopic = initiates ? responderTopic : initiatorTopic
    this.#ratchet = new Ratchet({
      initiates,
      x,
      secret,
      key: initiates ? prekey : ratchetKey,
      outgoing: initiates ? toResponder : toInitiator,
      incoming: initiates ? toInitiator : toResponder,
    })
  }

  /** PV1-10, PV1-12: the invite, as the inbox brings it. */
  static start(self: Identity, introduction: Introduction, words: string): { talk: Talk; invite: Sealed; id: string } {
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
    }
    const talk = new Talk(founding, true, secret)
    const { id, payload } = talk.say(words)
    const body = join(
      field(1, seed),
      field(2, founding.ratchetKey),
      field(3, bytesOf(offer, 1)),
      field(4, self.topic),
      field(5, introduction.topic),
      field(6, payload, true),
    )
    return { talk, id, invite: sealParcel(self, introduction, "PrivateV1", field(17, body)) }
  }

  /** PV1-13. */
  static accept(self: Identity, own: OwnIntroduction, payload: Uint8Array): { talk: Talk; first: Heard | undefined } {
    const { from, type, kind, body } = openParcel(self, own, payload)
    const invite = read(bytesOf(read(body), 17))
    if (type !== "PrivateV1" || kind !== inviteKind || hex(bytesOf(invite, 3)) !== hex(own.prekey.id))
      throw new Error("another parcel")
    const founding: Founding = {
      seed: bytesOf(invite, 1),
      initiator: from,
      responder: self.key,
      prekey: own.prekey.key,
      ratchetKey: bytesOf(invite, 2),
      initiatorTopic: text(bytesOf(invite, 4)),
      responderTopic: text(bytesOf(invite, 5)),
    }
    const talk = new Talk(founding, false, own.prekey.secret)
    const first = has(invite, 6) ? talk.hear({ hint: talk.#ratchet.firstHint, payload: bytesOf(invite, 6) }) : undefined
    return { talk, first }
  }

  /** PV1-28 to PV1-30. */
  say(words: string): Sealed & { readonly id: string } {
    const nowMs = Date.now()
    this.#lamport = Math.max(this.#lamport + 1, nowMs)
    const content = join(numberField(1, textContent.domain), numberField(2, textContent.tag), field(3, words))
    const frame = field(1, join(field(1, content), numberField(2, this.#lamport - nowMs)), true)
    const sequence = this.#sequence++
    const message = [numberField(10, this.#lamport, true), field(20, frame, true), numberField(1001, sequence, true)]
    return { ...this.#seal(message), id: this.#idOf(this.#self, sequence, frame) }
  }

  /** RL-24: a message without content, which says what has been heard. */
  acknowledge(): Sealed {
    return this.#seal([])
  }

  /** `undefined` for a payload of somebody else's. */
  hear(sealed: Sealed): Heard | undefined {
    const padded = this.#ratchet.open(sealed)
    if (padded === undefined) return undefined
    const message = read(unpad(padded))
    const said = { acknowledged: rangesOf(bytesOf(message, 1002)), requested: rangesOf(bytesOf(message, 1006)) }
    if (!has(message, 20)) return said
    const frame = bytesOf(message, 20)
    const sequence = numberOf(message, 1001)
    this.#heard.add(sequence)
    this.#lamport = Math.max(this.#lamport, numberOf(message, 10))
    const id = this.#idOf(this.#peer, sequence, frame)
    if (!has(read(frame), 1)) return { ...said, id }
    const content = read(bytesOf(read(bytesOf(read(frame), 1)), 1))
    const isText = numberOf(content, 1) === textContent.domain && numberOf(content, 2) === textContent.tag
    return isText ? { ...said, id, text: text(bytesOf(content, 3)) } : { ...said, id }
  }

  #seal(message: readonly Uint8Array[]): Sealed {
    const ranges = packed([...this.#heard].sort((a, b) => a - b))
    const encoded = join(...message, field(1002, ranges))
    return this.#ratchet.seal(pad(encoded, buckets.find((bucket) => bucket > encoded.length) ?? 0))
  }

  #idOf(sender: Uint8Array, sequence: number, frame: Uint8Array): string {
    return hex(b2b(128, join("colloquy/sds-id/1", lp(this.id, sender), le64(sequence), le32(0), le32(1), frame)))
  }
}

/** RL-7. */
function packed(numbers: readonly number[]): Uint8Array {
  const out: Uint8Array[] = []
  let next = 0
  for (let first = 0; first < numbers.length;) {
    let last = first
    while (numbers[last + 1] === (numbers[last] as number) + 1) last++
    const [from, to] = [numbers[first] as number, numbers[last] as number]
    out.push(varint(from - next), varint(to - from))
    next = to + 2
    first = last + 1
  }
  return join(...out)
}

function rangesOf(ranges: Uint8Array): (readonly [number, number])[] {
  const numbers = readVarints(ranges)
  const out: (readonly [number, number])[] = []
  let next = 0
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    const first = next + (numbers[i] as number)
    const last = first + (numbers[i + 1] as number)
    out.push([first, last])
    next = last + 2
  }
  return out
}

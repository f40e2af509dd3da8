import { b2b, hex, join, le32, le64, lp, text } from "./bytes.js"
import type { Identity } from "./identity.js"
import { openParcel, type Sealed } from "./inbox.js"
import { type Introduction, type OwnIntroduction, readSigned } from "./introduction.js"
import { all, bytesOf, field, type Fields, has, numberField, numberOf, read } from "./protobuf.js"
import { decodeSds, encodeSds, type Entry, isIn, type Range, rangesOfNumbers, type SdsMessage } from "./sds.js"
import { accept, invite, type Reset, type Session } from "./session.js"

/** private-v1.md and reliability.md: one conversation. Nothing in it waits: its user says when something is due. */
const textContent = { domain: 49_169, tag: 1 }
const pieceBytes = 65_536
const firstBytes = 61_520

export interface Heard {
  /** Of a message with content; of one in segments when its last has come. */
  readonly id?: string
  readonly text?: string
  readonly lamport?: number
  readonly sequence?: number
  /** It was heard before (RL-31). */
  readonly isAgain: boolean
  readonly isOfOldSession: boolean
  readonly acknowledged: readonly Range[]
  readonly requested: readonly Range[]
  readonly unavailable: readonly Range[]
  /** The frame's number. */
  readonly frame?: number
}

export interface Said {
  readonly id: string
  readonly lamport: number
  readonly sequence: number
  /** One for each segment. */
  readonly payloads: readonly Sealed[]
}

export class Talk {
  readonly id: string
  readonly peerTopic: string
  /** What the peer gave with which a reset can be begun (PV1-37). */
  introductions: readonly Introduction[] = []
  readonly #self: Identity
  readonly #peer: Uint8Array
  #present: Session
  #old: Session | undefined
  readonly #heard = new Set<number>()
  readonly #kept = new Map<number, Entry>()
  readonly #parts = new Map<number, Map<number, Uint8Array>>()
  #introductionsFrom = -1
  #sequence = 0
  #lamport = 0

  private constructor(self: Identity, session: Session) {
    this.#self = self
    this.#present = session
    this.#peer = session.peer
    this.id = session.conversation
    this.peerTopic = session.peerTopic
  }

  /** PV1-12: the invite, and what follows it because it is too long to stand in it. */
  static start(
    self: Identity,
    introduction: Introduction,
    words: string,
  ): { talk: Talk; invite: Sealed; id: string; more: readonly Sealed[] } {
    const invitation = invite(self, introduction)
    const talk = new Talk(self, invitation.session)
    const { id, payloads } = talk.say(words)
    const [first, ...others] = payloads
    const isInside = others.length === 0 && (first?.payload.length ?? 0) <= firstBytes
    return {
      talk,
      id,
      invite: invitation.invite(isInside ? first?.payload : undefined),
      more: isInside ? [] : payloads,
    }
  }

  static accept(self: Identity, own: OwnIntroduction, payload: Uint8Array): { talk: Talk; first: Heard | undefined } {
    const { session, first } = accept(self, own, openParcel(self, own, payload))
    const talk = new Talk(self, session)
    return { talk, first: first && talk.hear({ hint: session.ratchet.firstHint, payload: first }) }
  }

  get epoch(): number {
    return this.#present.epoch
  }

  /** The number that the next message has in its chain. */
  get chainNumber(): number {
    return this.#present.ratchet.next
  }

  get beacon(): Sealed | undefined {
    return this.#present.ratchet.beacon
  }

  /** What waits for its acknowledgement. */
  get unacknowledged(): readonly number[] {
    return [...this.#kept.keys()]
  }

  say(words: string): Said {
    return this.sayContent(join(numberField(1, textContent.domain), numberField(2, textContent.tag), field(3, words)))
  }

  /** A ContentFrame, or what claims to be one. */
  sayContent(content: Uint8Array): Said {
    const nowMs = this.#self.nowMs()
    const lamport = this.#nextLamport(nowMs)
    const frame = field(1, join(field(1, content), numberField(2, lamport - nowMs)), true)
    return this.#send(frame, lamport, content.length > pieceBytes)
  }

  /** A sealed frame, or what claims to be one. */
  sayFrame(frame: Uint8Array): Said {
    return this.#send(frame, this.#nextLamport())
  }

  /** PV1-37: introductions of one's own, for the peer to begin a reset with. */
  introduce(...introductions: readonly OwnIntroduction[]): Said {
    return this.#send(field(3, join(...introductions.map(({ signed }) => field(1, signed))), true), this.#nextLamport())
  }

  /** A probe: what a number stands for again, under its id, where it is heard whatever else was lost (RL-1, PV1-22). */
  again(sequence: number): Sealed {
    return this.#seal({ entry: this.#kept.get(sequence) }, true)
  }

  /** What was asked for. */
  repair(sequence: number): Sealed {
    return this.#seal({ entry: this.#kept.get(sequence) })
  }

  /** The peer goes back in time, for all that this side can tell (RL-25). */
  pretendToHaveHeard(sequence: number): void {
    this.#heard.add(sequence)
  }

  /** Under which a number of this side's is missing (PV1-46). */
  missingId(sequence: number): string {
    return this.#idOf(this.#self.key, sequence, new Uint8Array(0), 0)
  }

  /** PV1-44: before it was published. */
  withdraw({ sequence, lamport }: Said): Sealed {
    const entry = { sequence, lamport, content: field(4, "", true) }
    this.#kept.set(sequence, entry)
    return this.#seal({ entry })
  }

  /** RL-24: a message without content, which says what has been heard, and asks (RL-33) or declares (RL-37) if it has to. */
  acknowledge(besides: Omit<SdsMessage, "entry" | "acknowledged"> = {}): Sealed {
    return this.#seal(besides)
  }

  /** PV1-38: the invite to a new session, and what waited, for the new session. */
  reset(reason = 1, epoch = Math.max(this.epoch + 1, this.#self.nowMs())): { invite: Sealed; waiting: Sealed[] } {
    const [introduction, ...others] = this.introductions
    if (introduction === undefined) throw new Error("the peer gave no introduction")
    this.introductions = others
    const floor = Math.min(this.#sequence, ...this.#kept.keys())
    const invitation = invite(this.#self, introduction, { conversation: this.id, epoch, floor, reason })
    return { invite: invitation.invite(), waiting: this.#move(invitation.session) }
  }

  /** PV1-39. `undefined` for a session that is not later than the present one. */
  acceptReset(own: OwnIntroduction, payload: Uint8Array): { reset: Reset; waiting: Sealed[] } | undefined {
    const { session, reset } = accept(this.#self, own, openParcel(this.#self, own, payload))
    if (reset?.conversation !== this.id || hex(session.peer) !== hex(this.#peer)) throw new Error("another reset")
    if (!session.isLaterThan(this.#present)) return undefined
    return { reset, waiting: this.#move(session) }
  }

  /** `undefined` for a payload of somebody else's. */
  hear(sealed: Sealed): Heard | undefined {
    const present = this.#present.open(sealed)
    const plain = present ?? this.#old?.open(sealed)
    if (plain === undefined) return undefined
    const { entry, lamport: time = 0, ...said } = decodeSds(plain)
    this.#lamport = Math.max(this.#lamport, time)
    for (const number of this.#kept.keys()) if (isIn(said.acknowledged, number)) this.#kept.delete(number)
    const about = { ...said, isOfOldSession: present === undefined }
    if (entry === undefined) return { ...about, isAgain: false }
    const isAgain = this.#heard.has(entry.sequence)
    if (isAgain) this.#present.ratchet.goOn()
    this.#heard.add(entry.sequence)
    const { lamport, sequence } = entry
    return { ...about, isAgain, lamport, sequence, ...(isAgain ? {} : this.#take(entry)) }
  }

  /** PV1-40: the present session becomes the old one. */
  #move(session: Session): Sealed[] {
    this.#old = this.#present
    this.#present = session
    return [...this.#kept.keys()].slice(0, 64).map((sequence) => this.repair(sequence))
  }

  #take(entry: Entry): Pick<Heard, "id" | "text" | "frame"> {
    const { segment, sequence, content } = entry
    if (segment === undefined) return this.#read(content, sequence)
    const first = sequence - segment.index
    const parts = this.#parts.get(first) ?? new Map<number, Uint8Array>()
    this.#parts.set(first, parts.set(segment.index, content))
    if (parts.size < segment.count) return {}
    const whole = join(...Array.from({ length: segment.count }, (_, index) => parts.get(index) ?? ""))
    this.#parts.delete(first)
    if (hex(b2b(256, whole)) !== hex(segment.digest)) throw new Error("not what the digest says")
    return this.#read(whole, first)
  }

  #read(frame: Uint8Array, sequence: number): Pick<Heard, "id" | "text" | "frame"> {
    const [[number, body] = []] = read(frame)
    const found = { id: this.#idOf(this.#peer, sequence, frame), frame: number as number }
    const fields = read(body as Uint8Array)
    if (number === 3) this.#takeIntroductions(fields, sequence)
    if (number !== 1) return found
    const content = read(bytesOf(fields, 1))
    const isText = numberOf(content, 1) === textContent.domain && numberOf(content, 2) === textContent.tag
    return isText && has(content, 3) ? { ...found, text: text(bytesOf(content, 3)) } : found
  }

  #takeIntroductions(fields: Fields, sequence: number): void {
    if (sequence <= this.#introductionsFrom) return
    this.#introductionsFrom = sequence
    this.introductions = all(fields, 1).map(readSigned)
  }

  /** PV1-49. */
  #send(frame: Uint8Array, lamport: number, isCut = false): Said {
    const first = this.#sequence
    const count = isCut ? Math.ceil(frame.length / pieceBytes) : 1
    const digest = b2b(256, frame)
    const payloads = Array.from({ length: count }, (_, index) => {
      const content = isCut ? frame.slice(index * pieceBytes, (index + 1) * pieceBytes) : frame
      const segment = count === 1 ? undefined : { index, count, digest }
      const entry = { lamport, content, sequence: this.#sequence++, segment }
      this.#kept.set(entry.sequence, entry)
      return this.#seal({ entry })
    })
    return { id: this.#idOf(this.#self.key, first, frame), lamport, sequence: first, payloads }
  }

  /** PV1-30. */
  #nextLamport(nowMs = this.#self.nowMs()): number {
    this.#lamport = Math.max(this.#lamport + 1, nowMs)
    return this.#lamport
  }

  #seal(message: SdsMessage, again = false): Sealed {
    const acknowledged = rangesOfNumbers(this.#heard)
    return this.#present.seal(encodeSds({ ...message, acknowledged }), again)
  }

  #idOf(sender: Uint8Array, sequence: number, frame: Uint8Array, count = 1): string {
    return hex(b2b(128, join("colloquy/sds-id/1", lp(this.id, sender), le64(sequence), le32(0), le32(count), frame)))
  }
}

import { join, le64, lp, random, text } from "./bytes.js"
import { all, bytesOf, doubleField, doubleOf, field, has, numberField, numberOf, read } from "./protobuf.js"
import { aead, type Form, headerBytes, makeHeader, type Opener, openHeader } from "./sealing.js"

/** backup.md. */
export interface BackupMessage {
  readonly id: string
  readonly sender: string
  readonly outgoing: boolean
  readonly lamport: number
  readonly timestampMs: number
  readonly content: Uint8Array
  readonly state: number
  readonly proof: string
  readonly code: string
  readonly expiresAtMs: number
}

export interface BackupConversation {
  readonly id: string
  readonly type: string
  readonly participants: readonly string[]
  readonly consent: number
  readonly createdAtMs: number
  readonly lastTimestampMs: number
  readonly disappearAfterMs: number
  readonly backup?: Uint8Array | undefined
  readonly messages: readonly BackupMessage[]
}

export interface Backup {
  readonly seed: Uint8Array
  readonly name: string
  readonly createdAtMs: number
  readonly writtenAtMs: number
  /** Participants, with 1 for allowed and 2 for denied. */
  readonly consents: readonly (readonly [string, number])[]
  readonly conversations: readonly BackupConversation[]
}

const form: Form = {
  magic: "ColloqBk",
  wrapLabel: "colloquy/backup/1/wrap",
  checksumLabel: "colloquy/backup/1/checksum",
}
const chunkBytes = 65_553
const textBytes = 65_536

const nonceOf = (index: number, flag: number): Uint8Array => join(le64(index), Uint8Array.of(flag), new Uint8Array(15))

export function readBackup(file: Uint8Array, opener: Opener): Backup {
  const header = file.slice(0, headerBytes)
  const key = openHeader(form, opener, header)
  const count = (file.length - headerBytes) / chunkBytes
  const texts = Array.from({ length: count }, (_, index) => {
    const chunk = file.slice(headerBytes + index * chunkBytes).slice(0, chunkBytes)
    const flag = chunk[0] ?? 0
    if (flag !== (index + 1 === count ? 1 : 0)) throw new Error("damaged")
    return aead(key, nonceOf(index, flag), header).decrypt(chunk.slice(1))
  })
  return readRecords(join(...texts))
}

export function makeBackup(backup: Backup, opener: Opener): Uint8Array {
  const key = random(32)
  const header = makeHeader(form, opener, key)
  const all = lp(...recordsOf(backup))
  const count = Math.ceil(all.length / textBytes)
  const chunks = Array.from({ length: count }, (_, index) => {
    const flag = index + 1 === count ? 1 : 0
    const part = all.slice(index * textBytes, (index + 1) * textBytes)
    const padded = join(part, new Uint8Array(textBytes - part.length))
    return join(Uint8Array.of(flag), aead(key, nonceOf(index, flag), header).encrypt(padded))
  })
  return join(header, ...chunks)
}

function readRecords(joined: Uint8Array): Backup {
  const view = new DataView(joined.buffer, joined.byteOffset)
  const consents: [string, number][] = []
  const conversations: (BackupConversation & { readonly messages: BackupMessage[] })[] = []
  let account: Uint8Array | undefined
  for (let at = 0; ;) {
    const length = view.getUint32(at, true)
    const record = read(joined.slice(at + 4, at + 4 + length))
    at += 4 + length
    const [[member, body] = []] = record
    if (!(body instanceof Uint8Array)) throw new Error("damaged")
    const fields = read(body)
    if (member === 1) account = body
    else if (member === 2) consents.push([text(bytesOf(fields, 1)), numberOf(fields, 2)])
    else if (member === 3) conversations.push(readConversation(body))
    else if (member === 4) conversations.at(-1)?.messages.push(readMessage(body))
    else if (member === 5) {
      const counted = [1, 2, 3].map((field) => doubleOf(fields, field))
      const messages = conversations.reduce((sum, { messages }) => sum + messages.length, 0)
      if (`${counted}` !== `${[consents.length, conversations.length, messages]}`) throw new Error("damaged")
      if (joined.slice(at).some((byte) => byte !== 0)) throw new Error("damaged")
      break
    }
  }
  const fields = read(account ?? new Uint8Array(0))
  const [createdAtMs, writtenAtMs] = [doubleOf(fields, 3), doubleOf(fields, 4)]
  return { seed: bytesOf(fields, 1), name: text(bytesOf(fields, 2)), createdAtMs, writtenAtMs, consents, conversations }
}

function readConversation(body: Uint8Array): BackupConversation & { readonly messages: BackupMessage[] } {
  const fields = read(body)
  return {
    id: text(bytesOf(fields, 1)),
    type: text(bytesOf(fields, 2)),
    participants: all(fields, 3).map(text),
    consent: numberOf(fields, 5),
    createdAtMs: doubleOf(fields, 6),
    lastTimestampMs: doubleOf(fields, 7),
    disappearAfterMs: doubleOf(fields, 8),
    backup: has(fields, 10) ? bytesOf(fields, 10) : undefined,
    messages: [],
  }
}

function readMessage(body: Uint8Array): BackupMessage {
  const fields = read(body)
  return {
    id: text(bytesOf(fields, 1)),
    sender: text(bytesOf(fields, 2)),
    outgoing: numberOf(fields, 3) === 1,
    lamport: doubleOf(fields, 4),
    timestampMs: doubleOf(fields, 5),
    content: bytesOf(fields, 6),
    state: numberOf(fields, 7),
    proof: text(bytesOf(fields, 8)),
    code: text(bytesOf(fields, 9)),
    expiresAtMs: doubleOf(fields, 10),
  }
}

function recordsOf({ seed, name, createdAtMs, writtenAtMs, consents, conversations }: Backup): Uint8Array[] {
  const account = join(field(1, seed), field(2, name), doubleField(3, createdAtMs), doubleField(4, writtenAtMs))
  const told = consents.map(([who, consent]) => field(2, join(field(1, who), numberField(2, consent))))
  const messages = conversations.reduce((sum, { messages }) => sum + messages.length, 0)
  const counts = [consents.length, conversations.length, messages].map((count, at) => doubleField(at + 1, count))
  return [
    field(1, account),
    ...told,
    ...conversations.flatMap((conversation) => [
      field(3, encodeConversation(conversation)),
      ...conversation.messages.map((message) => field(4, encodeMessage(message))),
    ]),
    field(5, join(...counts), true),
  ]
}

function encodeConversation(conversation: BackupConversation): Uint8Array {
  const { id, type, participants, consent, createdAtMs, lastTimestampMs, disappearAfterMs, backup } = conversation
  return join(
    field(1, id),
    field(2, type),
    ...participants.map((participant) => field(3, participant)),
    numberField(5, consent),
    doubleField(6, createdAtMs),
    doubleField(7, lastTimestampMs),
    doubleField(8, disappearAfterMs),
    backup ? field(10, backup, true) : "",
  )
}

function encodeMessage(message: BackupMessage): Uint8Array {
  return join(
    field(1, message.id),
    field(2, message.sender),
    numberField(3, message.outgoing ? 1 : 0),
    doubleField(4, message.lamport),
    doubleField(5, message.timestampMs),
    field(6, message.content),
    numberField(7, message.state),
    field(8, message.proof),
    field(9, message.code),
    doubleField(10, message.expiresAtMs),
  )
}

/** PV1-41: what PrivateV1 gives for a conversation, and takes to begin it anew. */
export interface PrivateBackup {
  readonly self: Uint8Array
  readonly peer: Uint8Array
  readonly epoch: number
  readonly sequence: number
  readonly heard: number
  readonly lamport: number
  readonly peerTopic: string
  readonly introductions: readonly Uint8Array[]
}

export function makePrivateBackup(backup: PrivateBackup): Uint8Array {
  const { self, peer, epoch, sequence, heard, lamport, peerTopic, introductions } = backup
  const numbers = [epoch, sequence, heard, lamport].map(le64)
  return join(Uint8Array.of(1), self, peer, ...numbers, lp(peerTopic, ...introductions))
}

export function readPrivateBackup(bytes: Uint8Array): PrivateBackup {
  if (bytes[0] !== 1) throw new Error("of a later version")
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const number = (at: number): number => Number(view.getBigUint64(at, true))
  const prefixed: Uint8Array[] = []
  for (let at = 97; at < bytes.length;) {
    const length = view.getUint32(at, true)
    prefixed.push(bytes.slice(at + 4, at + 4 + length))
    at += 4 + length
  }
  const [topic = new Uint8Array(0), ...introductions] = prefixed
  const [epoch, sequence, heard, lamport] = [number(65), number(73), number(81), number(89)]
  const [self, peer] = [bytes.slice(1, 33), bytes.slice(33, 65)]
  return { self, peer, epoch, sequence, heard, lamport, peerTopic: text(topic), introductions }
}

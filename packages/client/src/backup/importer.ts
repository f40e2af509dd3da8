import { create } from "@bufbuild/protobuf"
import {
  compareBytes,
  type ConversationId,
  type Crypto,
  fromHex,
  type MessageId,
  messageIdBytes,
  parseConversationId,
  type Participant,
  toHex,
  type TypeId,
  type Write,
} from "@colloquy/core"
import {
  AccountRecordSchema,
  type AccountRecord,
  MessageRecordSchema,
  RestoreRecordSchema,
  TextRecordSchema,
} from "../generated/store_pb.js"
import type { BackupRecord, ConsentPart, ConversationPart, EndPart, MessagePart } from "../generated/backup_pb.js"
import { consentOf, headerWrites, newHeader } from "../instance/header.js"
import { messageStates, newMessageWrites, restoredCode } from "../messages/message-record.js"
import { accountKey, type Blinded, importingKey, key, Keys } from "../store/keys.js"
import { storeFormat } from "../store/migrations.js"
import { encodeRecord, type Store } from "../store/store.js"
import { damaged } from "./backup-error.js"

const batchBytesMax = 1024 * 1024
const batchWritesMax = 512
const queued = messageStates.indexOf("queued")
const failed = messageStates.indexOf("failed")
const proofs: readonly string[] = ["", "stored", "relayed"]

/** Writes the records of a backup into a store, batch by batch. Keys are made under an index key of this store's own. */
export class Importer {
  readonly #store: Store
  readonly #crypto: Crypto
  readonly #keys: Keys
  readonly #nowMs: number
  #writes: Write[] = []
  #bytes = 0
  /** The conversations of the batch that is not written yet. */
  readonly #begun = new Set<string>()
  #current: { readonly id: ConversationId; readonly log: Blinded; last: Uint8Array | undefined } | undefined
  #end: EndPart | undefined
  consents = 0
  conversations = 0
  messages = 0

  constructor(store: Store, crypto: Crypto, indexKey: Uint8Array, nowMs: number) {
    this.#store = store
    this.#crypto = crypto
    this.#keys = new Keys(crypto, indexKey)
    this.#nowMs = nowMs
  }

  /** Throws `BACKUP_DAMAGED` for a record that says what it may not, or stands where it may not (BK-10 to BK-14). */
  async take(record: BackupRecord["record"]): Promise<void> {
    switch (record.case) {
      case "consent":
        this.#consent(record.value)
        break
      case "conversation":
        await this.#conversation(record.value)
        break
      case "message":
        this.#message(record.value)
        break
      case "end":
        this.#end = record.value
        break
      case "account":
      case undefined:
        throw damaged("a record is not where it belongs")
    }
    if (this.#bytes >= batchBytesMax || this.#writes.length >= batchWritesMax) await this.#flush([])
  }

  /** Everything was read and authenticated: the account, in one commit with the end of the import. */
  async finish(account: Pick<AccountRecord, "identitySeed" | "indexKey" | "createdAtMs" | "name">): Promise<void> {
    const end = this.#end
    if (end?.consents !== this.consents || end.conversations !== this.conversations || end.messages !== this.messages)
      throw damaged("its last record counts others than there are")
    const { identitySeed, indexKey, createdAtMs, name } = account
    check(isWhole(createdAtMs) && name.length <= 64, "its account is none")
    const begun = { format: storeFormat, sipPrints: true }
    const record = create(AccountRecordSchema, { ...begun, identitySeed, indexKey, createdAtMs, name })
    const value = encodeRecord(AccountRecordSchema, record)
    try {
      await this.#flush([
        { key: accountKey, value },
        { key: importingKey, value: undefined },
      ])
    } finally {
      this.#crypto.wipe(value)
    }
  }

  #consent({ participant, consent }: ConsentPart): void {
    check(participant !== "" && (consent === 1 || consent === 2), "a consent is none")
    this.consents++
    const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { text: participant, number: consent }))
    this.#write({ key: key("consent", this.#keys.person(participant)), value })
  }

  async #conversation(part: ConversationPart): Promise<void> {
    const { conversation, type, participants, name, thread, backup, createdAtMs, lastTimestampMs } = part
    const parsed = parseConversationId(conversation)
    const isWhat = parsed?.type === type && (thread === "" || parseConversationId(thread) !== undefined)
    check(isWhat && part.consent <= 2, "a conversation is none")
    check([createdAtMs, lastTimestampMs, part.disappearAfterMs].every(isWhole), "a conversation has no time")
    const id = conversation as ConversationId
    const log = this.#keys.conversation(id)
    const hex = toHex(log)
    check(!this.#begun.has(hex) && !(await this.#store.has(key("instance", log))), "a conversation comes twice")
    this.#begun.add(hex)
    this.conversations++
    this.#current = { id, log, last: undefined }
    const blank = newHeader(id, type as TypeId, {
      resident: false,
      consent: consentOf(part.consent),
      wakeAtMs: undefined,
      nowMs: createdAtMs,
      thread: thread === "" ? undefined : (thread as ConversationId),
    })
    const header = {
      ...blank,
      lastTimestampMs,
      participants: participants as readonly string[] as readonly Participant[],
      name: name === "" ? undefined : name,
      disappearAfterMs: part.disappearAfterMs === 0 ? undefined : part.disappearAfterMs,
      dormant: true,
    }
    for (const write of headerWrites(this.#keys, log, undefined, header)) this.#write(write)
    if (backup === undefined) return
    const value = encodeRecord(RestoreRecordSchema, create(RestoreRecordSchema, { conversation, backup }))
    this.#write({ key: key("restore", log), value })
  }

  /** In ascending order of their ids, each once. What has disappeared meanwhile stays away. */
  #message(part: MessagePart): void {
    const current = this.#current
    const id = fromHex(part.message)
    if (current === undefined || id?.length !== messageIdBytes) throw damaged("a message belongs nowhere")
    check(current.last === undefined || compareBytes(id, current.last) > 0, "a message is not where it belongs")
    check([part.lamport, part.timestampMs, part.expiresAtMs].every(isWhole), "a message has no time")
    const isState = part.state <= failed && part.outgoing === part.state > 0 && proofs.includes(part.proof)
    check(isState && (part.conversation === "" || parseConversationId(part.conversation) !== undefined), "a message")
    current.last = id
    this.messages++
    if (part.expiresAtMs !== 0 && part.expiresAtMs <= this.#nowMs) return
    // What waited to be published waits nowhere now.
    const fate = part.state === queued ? { state: failed, code: restoredCode } : { state: part.state, code: part.code }
    const record = create(MessageRecordSchema, {
      conversation: part.conversation === "" ? current.id : part.conversation,
      message: part.message as MessageId,
      sender: part.sender,
      outgoing: part.outgoing,
      lamport: part.lamport,
      timestampMs: part.timestampMs,
      content: part.content,
      proof: part.proof,
      expiresAtMs: part.expiresAtMs,
      ...fate,
    })
    for (const write of newMessageWrites(current.log, record)) this.#write(write)
  }

  #write(write: Write): void {
    this.#writes.push(write)
    this.#bytes += write.key.length + (write.value?.length ?? 0)
  }

  async #flush(last: readonly Write[]): Promise<void> {
    await this.#store.commit([...this.#writes, ...last])
    this.#writes = []
    this.#bytes = 0
    this.#begun.clear()
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw damaged(what)
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

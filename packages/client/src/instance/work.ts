import type {
  CancelInput,
  CommandInput,
  Consent,
  IntroducedInput,
  MessageId,
  OfferInput,
  SendInput,
  Vocabulary,
  WakeInput,
} from "@colloquy/core"
import type { Origin, StoredInput } from "../store/inputs.js"

/** What became of one input. */
export interface Settled {
  readonly outcome: "next" | "refused" | "later" | "known"
  readonly code?: string
  /** The message that a send made, or had made under the same key. */
  readonly message?: MessageId
  readonly offer?: Uint8Array
  readonly backup?: Uint8Array
  /** What the input set off in other instances, done as well. */
  readonly cascades: readonly Promise<void>[]
}

export interface Published {
  readonly kind: "published"
  readonly message: MessageId
  /** The stored publication, or carried parcel, that this is the end of. */
  readonly settles?: Uint8Array
  /** The service's proof, or why it will never take the payload. */
  readonly proof?: string
  readonly code?: string
}

export interface ConsentChange {
  readonly kind: "consent"
  readonly consent: Consent
}

/** Messages to leave nothing of. */
export interface Erasure {
  readonly kind: "erase"
  readonly messages: readonly MessageId[]
}

/** How long messages are kept from now on, and these from when they were written. */
export interface Disappearance {
  readonly kind: "disappear"
  readonly afterMs: number | undefined
  readonly messages: readonly MessageId[]
}

/** Something happened in a conversation that this one shows. */
export interface Touch {
  readonly kind: "touch"
  readonly atMs: number
}

/** The conversation is to be gone, with its keys first of all. */
export interface Removal {
  readonly kind: "remove"
}

/** What a backup is to keep of the state is asked for. */
export interface BackupRequest {
  readonly kind: "backup"
}

/** An imported conversation is to be restored by its type. */
export interface Restoration {
  readonly kind: "restore"
}

/** Inputs of the machine, and what changes the instance without it. */
export type Task =
  | CancelInput
  | StoredInput
  | SendInput
  | WakeInput
  | CommandInput<Vocabulary>
  | OfferInput
  | IntroducedInput
  | Published
  | ConsentChange
  | Erasure
  | Disappearance
  | Removal
  | BackupRequest
  | Restoration
  | Touch

/** One entry of an instance's queue. */
export interface Work {
  readonly task: Task
  /** The stored copy of the input, deleted by the commit of its outcome. */
  readonly durable?: Uint8Array
  /** Where the input waited to be judged. */
  readonly later?: Uint8Array
  readonly origin?: Origin
  /** The place of a payload in the order in which the feed brought them. */
  readonly order?: number
  /** It waited in the ring until a step of a batch that is not committed yet came to expect it. */
  isPulled?: boolean
  /** A send under the same key is the same message. */
  readonly idempotencyKey?: string
  resolve(settled: Settled): void
  reject(error: unknown): void
}

const kept: readonly Task["kind"][] = ["receive", "parcel", "carry", "invite", "introduce"]

/** Whether an input that comes too early is kept: whoever gave it does not come back. */
export function isKept(task: Task): task is StoredInput {
  return kept.includes(task.kind)
}

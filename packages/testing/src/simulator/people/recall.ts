import type { ConversationId, MessageId } from "@colloquy/core"

/** Something that a person wants to have said, once, whatever happens to the program meanwhile. */
export interface Saying {
  readonly words: string
  /** The words, and what makes them long. */
  readonly text: string
  readonly talk: number
  readonly key: string | undefined
  /** Which of his disks was told: see {@link Recall.lives}. */
  life: number
  /** Known once the client took it. */
  id?: MessageId
  /** The conversation that took it. */
  conversation?: ConversationId
  /** The client would not take it: the conversation is gone, or its owner has denied it. */
  refused?: string
  /** `done` once the client said so. */
  cancelled?: "asked" | "done"
}

/** How long messages are to stay, in one conversation of a person's. */
export interface Vanishing {
  /** The shortest time that was ever asked for. */
  shortestMs: number
  /** The conversation, as this person has it. */
  conversation: string
  /** What holds now; 0 for as long as it likes, `undefined` when the answer was never heard. */
  nowMs: number | undefined
}

/** What the owner of a client remembers, beside the client: the truth that it is measured against. */
export class Recall {
  readonly sayings: Saying[] = []
  /** The words with which conversations were begun. */
  readonly founding = new Set<string>()
  /** Messages that may have gone, and those that surely have, since erasing them was confirmed. */
  readonly erasing = new Set<string>()
  readonly erased = new Set<string>()
  readonly vanishing = new Map<number, Vanishing>()
  /** Talks that were denied at some time: what others began in them meanwhile began nothing, for good. */
  readonly denied = new Set<number>()
  /** Talks that were removed here, or were about to be. */
  readonly removed = new Set<number>()
  /** How many disks there were: 1, and one more for each that was restored or imported. */
  lives = 1
  /** Words of sayings that were erased here, or whose conversation was removed, when it was confirmed. */
  readonly forgotten = new Set<string>()
}

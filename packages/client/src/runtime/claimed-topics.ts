import type { ConversationId, Topic } from "@colloquy/core"
import type { Claim } from "../instance/transaction.js"

const nobody: readonly ConversationId[] = []

/** Topics other than the account's inbox: which conversations need each, and since when one does. */
export class ClaimedTopics {
  readonly #claims = new Map<Topic, Map<ConversationId, boolean>>()
  readonly #sinceMs = new Map<Topic, number>()

  has(topic: Topic): boolean {
    return this.#claims.has(topic)
  }

  topics(): Iterable<Topic> {
    return this.#claims.keys()
  }

  /** When a topic that is claimed now was first. */
  sinceMs(topic: Topic): number | undefined {
    return this.#sinceMs.get(topic)
  }

  /** The conversations that want everything on a topic, with a hint or without. */
  wanting(topic: Topic): readonly ConversationId[] {
    const claims = this.#claims.get(topic)
    if (claims === undefined) return nobody
    return [...claims].filter(([, everything]) => everything).map(([conversation]) => conversation)
  }

  note({ topic, conversation, everything }: Claim, atMs: number): void {
    const claims = this.#claims.get(topic) ?? new Map<ConversationId, boolean>()
    if (everything === undefined) claims.delete(conversation)
    else claims.set(conversation, everything)
    if (claims.size === 0) {
      this.#claims.delete(topic)
      this.#sinceMs.delete(topic)
      return
    }
    if (!this.#claims.has(topic)) this.#sinceMs.set(topic, atMs)
    this.#claims.set(topic, claims)
  }
}

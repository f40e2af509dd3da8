import {
  type AnyConversationType,
  type Clock,
  ColloquyError,
  type ConversationId,
  type Crypto,
  type Logger,
  parseConversationId,
} from "@colloquy/core"

/** What every part of a running client may use. Nothing else reaches a clock or randomness. */
export interface Environment {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly random: (bytes: number) => Uint8Array
  readonly logger: Logger
}

/** The types that a client runs, by id; their order says which is preferred. */
export class Registry {
  readonly types: readonly AnyConversationType[]
  readonly #byId: ReadonlyMap<string, AnyConversationType>

  /** Throws `TYPE_DUPLICATE` for two types with one id: nobody could tell whose state is whose. */
  constructor(types: readonly AnyConversationType[]) {
    for (const [index, { id }] of types.entries())
      if (types.findIndex((other) => other.id === id) !== index)
        throw new ColloquyError("TYPE_DUPLICATE", `two types are called ${id}`)
    this.types = types
    this.#byId = new Map(types.map((type) => [type.id, type]))
  }

  get(id: string): AnyConversationType | undefined {
    return this.#byId.get(id)
  }

  /** Whether the type of this conversation is registered. */
  runs(conversation: ConversationId): boolean {
    const parsed = parseConversationId(conversation)
    return parsed !== undefined && this.#byId.has(parsed.type)
  }

  /** Of those that can begin a conversation from an offer, the preferred one, in its newest version. */
  preferred(ids: readonly string[]): AnyConversationType | undefined {
    const usable = this.types.filter((type) => type.conversation !== undefined && ids.includes(type.id))
    const first = usable[0]
    return usable
      .filter((type) => type.name.name === first?.name.name)
      .sort((a, b) => b.name.version - a.name.version)[0]
  }
}

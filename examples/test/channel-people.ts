import {
  type AnyConversationType,
  type Clock,
  type ConversationId,
  memoryDelivery,
  type MemoryDelivery,
  memoryStorage,
  type OpenDelivery,
} from "@colloquy/core"
import { Client, type ClientEvent, type Conversation } from "@colloquy/client"
import { contentRegistry, text } from "@colloquy/content"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { InboxV1, PrivateV1 } from "colloquy"
import { ChannelV1 } from "../src/index.js"

export const crypto = await loadCrypto()
export const random = systemRandom()
const types: readonly AnyConversationType[] = [ChannelV1, PrivateV1, InboxV1]

/** Everything is in memory and waits for promises alone: some turns of the event loop later all of it is done. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A clock that stands still until it is told. */
export function stoppedClock(): Clock & { pass(ms: number): Promise<void> } {
  let nowMs = 1_800_000_000_000
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>()
  return {
    nowMs: () => nowMs,
    after(ms, callback) {
      const timer = { atMs: nowMs + ms, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    async pass(ms) {
      const endMs = nowMs + ms
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.atMs - b.atMs)
        nowMs = Math.max(nowMs, Math.min(next?.atMs ?? endMs, endMs))
        if (next === undefined || next.atMs > endMs) break
        timers.delete(next)
        next.callback()
        await settle()
      }
    },
  }
}

/** Someone with a client, which can be closed and opened again over the same store. */
export class Person {
  readonly #delivery: MemoryDelivery
  readonly #clock: Clock
  readonly #storage = memoryStorage()
  #client: Client | undefined

  constructor(delivery: MemoryDelivery, clock: Clock) {
    this.#delivery = delivery
    this.#clock = clock
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error("the client is closed")
    return this.#client
  }

  async open(connect: OpenDelivery = this.#delivery.open): Promise<this> {
    this.#client = await Client.open({
      storage: await this.#storage(),
      delivery: connect,
      types,
      content: contentRegistry([text]),
      crypto,
      random,
      clock: this.#clock,
    })
    return this
  }

  async close(): Promise<void> {
    await this.#client?.close()
    this.#client = undefined
  }

  /** Closes and opens: what was in memory is gone. */
  async restart(): Promise<void> {
    await this.close()
    await this.open()
    await settle()
  }

  async conversation(id: ConversationId): Promise<Conversation> {
    const found = await this.client.conversations.get(id)
    if (found === undefined) throw new Error("there is no such conversation")
    return found
  }

  async texts(id: ConversationId): Promise<string[]> {
    const { items } = await (await this.conversation(id)).messages({ limit: 1000 })
    return items.map(({ content }) => (text.is(content) ? content.text : content.type))
  }

  /** Everything that happened so far. */
  async events(): Promise<ClientEvent[]> {
    const stop = new AbortController()
    const seen: ClientEvent[] = []
    const reading = (async () => {
      for await (const event of this.client.events({ signal: stop.signal })) seen.push(event)
    })()
    for (let count = -1; count < seen.length;) {
      count = seen.length
      await settle()
    }
    stop.abort()
    await reading
    return seen
  }

  /** The names of notices so far, with whom or what they are about. */
  async notices(): Promise<unknown[][]> {
    const events = await this.events()
    return events.flatMap((event) =>
      event.type === "notice" ? [[event.name, ...Object.values(event.body as object)]] : [],
    )
  }

  async fates(): Promise<string[]> {
    const events = await this.events()
    return events
      .flatMap((event) => (event.type === "state" ? [event.state] : []))
      .filter((state) => ["missing", "recovered"].includes(state))
  }

  async tell<K extends keyof typeof ChannelV1.commands>(
    id: ConversationId,
    name: K,
    body: ReturnType<(typeof ChannelV1.commands)[K]["decode"]>,
  ): Promise<void> {
    await (await this.conversation(id)).as(ChannelV1)?.command(name, body as never)
    await settle()
  }

  async post(id: ConversationId, words: string): Promise<void> {
    await (await this.conversation(id)).send(text(words))
    await settle()
  }
}

export interface Town {
  readonly delivery: MemoryDelivery
  readonly clock: ReturnType<typeof stoppedClock>
  readonly saro: Person
  readonly readers: readonly Person[]
  readonly channel: ConversationId
  close(): Promise<void>
}

/** Saro's channel, with readers who have allowed it: the first by the start, the others by introduction. */
export async function town(options: { readonly readers: number; readonly first?: string }): Promise<Town> {
  const delivery = memoryDelivery()
  const clock = stoppedClock()
  const people = Array.from({ length: options.readers + 1 }, () => new Person(delivery, clock))
  for (const person of people) await person.open()
  const [saro, ...readers] = people as [Person, ...Person[]]
  const [first, ...others] = readers as [Person, ...Person[]]
  const content = options.first === undefined ? {} : { content: text(options.first) }
  const channel = await saro.client.conversations.start(await first.client.introduce(), { type: ChannelV1, ...content })
  await settle()
  for (const reader of others) await saro.tell(channel.id, "add", { introduction: await reader.client.introduce() })
  for (const reader of readers) await reader.client.requests.allow(channel.id)
  await settle()
  const close = async (): Promise<void> => {
    for (const person of people) await person.close()
  }
  return { delivery, clock, saro, readers, channel: channel.id, close }
}

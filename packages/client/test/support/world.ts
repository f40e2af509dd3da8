import {
  type AnyConversationType,
  type ConversationId,
  type Crypto,
  decodeEnvelope,
  empty,
  encodeEnvelope,
  fromHex,
  fromUtf8,
  le32,
  type Logger,
  type MemoryDelivery,
  memoryDelivery,
  type MemoryDeliveryOptions,
  type MemoryStorage,
  memoryStorage,
  type MemoryStorageOptions,
  type OpenDelivery,
  type OpenStorage,
  type Storage,
  toHex,
  type Topic,
  utf8,
} from "@colloquy/core"
import { contentRegistry, text } from "@colloquy/content"
import { loadCrypto } from "@colloquy/crypto"
import { Client, type ClientEvent, type ClientOptions, type Conversation, type EventOptions } from "../../src/index.js"
import { key } from "../../src/store/keys.js"
import { ManualClock, settle } from "./manual-clock.js"
import { UnsafeCarrierV1 } from "./unsafe-carrier.js"
import { UnsafeTalkV1 } from "./unsafe-talk.js"

export const crypto: Crypto = await loadCrypto()
const content = contentRegistry([text])

export interface PersonOptions extends Partial<Pick<ClientOptions, "account" | "logger">> {
  readonly types?: readonly AnyConversationType[]
  /** The person's own store unless told. */
  readonly storage?: OpenStorage
  /** The world's service unless told; `null` for none. */
  readonly delivery?: OpenDelivery | null
  readonly logger?: Logger
}

/** One account with its store, whose client can go and come back. */
export class Person {
  readonly store: MemoryStorage
  readonly #world: World
  readonly #name: string
  #options: PersonOptions
  #client: Client | undefined
  #storage: Storage | undefined

  constructor(world: World, name: string, options: PersonOptions & { readonly store?: MemoryStorageOptions }) {
    this.#world = world
    this.#name = name
    this.#options = options
    this.store = memoryStorage(options.store)
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error(`${this.#name} is not open`)
    return this.#client
  }

  async open(options: PersonOptions = {}): Promise<Client> {
    this.#options = { ...this.#options, ...options }
    const { types = [UnsafeTalkV1, UnsafeCarrierV1], storage = this.store, delivery, account, logger } = this.#options
    const connect = delivery === undefined ? this.#world.delivery.open : delivery
    this.#storage = await storage()
    this.#client = await Client.open({
      storage: this.#storage,
      ...(connect === null ? {} : { delivery: connect }),
      types,
      content,
      crypto,
      random: this.#world.random,
      clock: this.#world.clock,
      ...(account === undefined ? {} : { account }),
      ...(logger === undefined ? {} : { logger }),
    })
    return this.#client
  }

  /** Everything in the store, or in some of its tables, as text that can be compared and searched. */
  async records(...names: readonly Parameters<typeof key>[0][]): Promise<string[]> {
    const wanted = names.map((name) => key(name)[0])
    const entries = (await this.#storage?.scan({ from: empty, to: Uint8Array.of(0xff), limit: 1_000_000 })) ?? []
    return entries
      .filter((entry) => wanted.length === 0 || wanted.includes(entry.key[0]))
      .map((entry) => `${toHex(entry.key)} ${toHex(entry.value)}`)
  }

  /** Closes, and opens again over the same store. */
  async reopen(options: PersonOptions = {}): Promise<Client> {
    await this.#client?.close()
    return this.open(options)
  }

  /** As after a crash: the store is taken away, and opened again. */
  async crash(options: PersonOptions = {}): Promise<Client> {
    this.store.lose()
    await settle()
    return this.open(options)
  }
}

/** A delivery service, a clock, and people. Everything is in memory, and the same at every run. */
export class World {
  readonly clock: ManualClock
  readonly delivery: MemoryDelivery
  readonly people: Person[] = []
  #drawn = 0

  constructor(options: { readonly delivery?: MemoryDeliveryOptions; readonly tickMs?: number } = {}) {
    this.clock = new ManualClock(undefined, options.tickMs)
    this.delivery = memoryDelivery(options.delivery)
  }

  readonly random = (bytes: number): Uint8Array => {
    const drawn = new Uint8Array(bytes)
    for (let at = 0; at < bytes; at += 64)
      drawn.set(crypto.hash(le32(this.#drawn++), Math.max(16, Math.min(64, bytes - at))).subarray(0, bytes - at), at)
    return drawn
  }

  /** A person whose client is open. */
  async person(name: string, options: PersonOptions & { readonly store?: MemoryStorageOptions } = {}): Promise<Person> {
    const person = new Person(this, name, options)
    this.people.push(person)
    await person.open()
    return person
  }

  async close(): Promise<void> {
    await Promise.all(this.people.map(({ client }) => client.close()))
  }

  /** Publishes an envelope as anyone can. */
  async publish(topic: Topic, envelope: { readonly hint?: Uint8Array; readonly payload: Uint8Array } | Uint8Array) {
    const service = this.delivery.open({ clock: this.clock, random: this.random })
    const payload = envelope instanceof Uint8Array ? envelope : encodeEnvelope(envelope)
    await service.publish({ id: this.random(16), topic, payload })
    await service.close()
    await settle()
  }

  /** The seed of the newest talk, which its plaintext invitation shows to everyone. */
  talkSeed(): string {
    for (const { payload } of [...this.delivery.log()].reverse()) {
      const decoded = decodeEnvelope(payload)
      const carried = decoded.kind === "envelope" ? (fromUtf8(decoded.envelope.payload) ?? "") : ""
      if (!carried.includes('"invite"')) continue
      const { body } = JSON.parse(carried) as { body: string }
      return (JSON.parse(fromUtf8(fromHex(body) ?? empty) ?? "") as { seed: string }).seed
    }
    throw new Error("nobody was invited")
  }

  /** Saro starts a conversation with Raya, who allows it: both of its ends. */
  async converse(saro: Person, raya: Person, first = "hello"): Promise<{ saro: Conversation; raya: Conversation }> {
    const talk = await saro.client.conversations.start(await raya.client.introduce(), { content: text(first) })
    await settle()
    await raya.client.requests.allow(talk.id)
    await settle()
    return { saro: talk, raya: await conversation(raya, talk.id) }
  }
}

export async function conversation(person: Person, id: ConversationId): Promise<Conversation> {
  const found = await person.client.conversations.get(id)
  if (found === undefined) throw new Error("there is no such conversation")
  return found
}

/** The events that there are now. */
export async function eventsOf(person: Person, options: Omit<EventOptions, "signal"> = {}): Promise<ClientEvent[]> {
  const stop = new AbortController()
  const seen: ClientEvent[] = []
  const reading = (async () => {
    for await (const event of person.client.events({ ...options, signal: stop.signal })) seen.push(event)
  })()
  await settle()
  stop.abort()
  await reading
  return seen
}

/** The texts of a conversation in order, each with an arrow for its direction. */
export async function textsOf(person: Person, id: ConversationId): Promise<string[]> {
  const { items } = await (await conversation(person, id)).messages({ limit: 1000 })
  return items.map(
    ({ content: read, direction }) => (direction === "in" ? "< " : "> ") + (text.is(read) ? read.text : "?"),
  )
}

export { settle, text, utf8 }

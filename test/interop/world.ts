import {
  Client,
  type ClientEvent,
  type ConversationId,
  memoryDelivery,
  memoryStorage,
  type OpenOptions,
  rawKey,
  text,
} from "colloquy"
import { hex, join, random } from "./bytes.js"
import { Identity } from "./identity.js"
import { inboxHint, type Sealed } from "./inbox.js"
import { makeIntroduction, type OwnIntroduction, readIntroduction } from "./introduction.js"
import { bytesOf, field, read } from "./protobuf.js"
import { type Heard, Talk } from "./talk.js"

/** Where our client and the other program meet: a service in memory, and a clock that a test moves. Nothing here waits for real time. */
type Delivery = ReturnType<ReturnType<typeof memoryDelivery>["open"]>
type Topic = Parameters<Delivery["publish"]>[0]["topic"]

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

class HandClock {
  now = 1_800_000_000_000
  readonly #timers = new Set<Timer>()

  nowMs(): number {
    return this.now
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.now + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timer by timer; what each sets off settles before the next. */
  async pass(ms: number): Promise<void> {
    const endMs = this.now + ms
    await settle()
    for (;;) {
      const [next] = [...this.#timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
      if (next === undefined) break
      this.#timers.delete(next)
      this.now = Math.max(this.now, next.atMs)
      next.callback()
      await settle()
    }
    this.now = endMs
  }
}

/** All is in memory: one turn later everything is done that needs no time. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export class World {
  readonly clock = new HandClock()
  readonly delivery = memoryDelivery()
  readonly service: Delivery = this.delivery.open({ clock: this.clock, random })
  readonly #clients: Client[] = []

  /** Our client, with everything that it tells. */
  async open(options: Partial<OpenOptions> = {}): Promise<Ours> {
    const client = await Client.open({
      storage: memoryStorage(),
      unlock: rawKey(new Uint8Array(32)),
      delivery: this.delivery.open,
      clock: this.clock,
      ...options,
    })
    this.#clients.push(client)
    await settle()
    return new Ours(client)
  }

  person(): Other {
    return new Other(this)
  }

  async pass(ms = 0): Promise<void> {
    await this.clock.pass(ms)
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
  }

  /** A person of the other program and our client, who converse and have heard each other. */
  async meet(): Promise<Meeting> {
    const [ours, saro] = [await this.open(), this.person()]
    const talk = await saro.begin(ours, "hello")
    await ours.client.requests.allow(talk.id as ConversationId)
    await ours.send(talk, "hello Saro")
    // In the second minute ours gives introductions (PV1-37).
    await this.pass(62_000)
    saro.collect()
    await saro.publish(talk.acknowledge())
    return { ours, saro, talk }
  }
}

export interface Meeting {
  readonly ours: Ours
  readonly saro: Other
  readonly talk: Talk
}

export class Ours {
  readonly client: Client
  readonly events: ClientEvent[] = []

  constructor(client: Client) {
    this.client = client
    void (async () => {
      for await (const event of client.events({ consumer: "interop" })) this.events.push(event)
    })().catch(() => undefined)
  }

  /** The texts that came, in the order in which they were told. */
  get texts(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === "message" && text.is(event.message.content) ? [event.message.content.text] : [],
    )
  }

  /** What became of a message: its states in their order. */
  fate(id: string): readonly string[] {
    return this.events.flatMap((event) => (event.type === "state" && event.message === id ? [event.state] : []))
  }

  /** Ids that were told with a state. */
  told(state: string): readonly string[] {
    return this.events.flatMap((event) => (event.type === "state" && event.state === state ? [event.message] : []))
  }

  async conversation(talk: { readonly id: string }) {
    const found = await this.client.conversations.get(talk.id)
    if (found === undefined) throw new Error("our client does not have the conversation")
    return found
  }

  /** The message's id. */
  async send(talk: { readonly id: string }, words: string): Promise<string> {
    const { id } = await (await this.conversation(talk)).send(text(words))
    await settle()
    return id
  }

  /** The whole log, oldest first. */
  async log(talk: { readonly id: string }): Promise<{ id: string; text: string | undefined }[]> {
    const { items } = await (await this.conversation(talk)).messages({ limit: 200 })
    return items.map(({ id, content }) => ({ id, text: text.is(content) ? content.text : undefined }))
  }
}

/** The other program's user. He hears what `collect` reads for him. */
export class Other {
  readonly identity: Identity
  readonly introductions: OwnIntroduction[] = []
  readonly world: World
  talk: Talk | undefined
  #read = 0

  constructor(world: World) {
    this.world = world
    this.identity = new Identity(() => world.clock.now)
  }

  introduce(goodForMs?: number): OwnIntroduction {
    const own = makeIntroduction(this.identity, goodForMs)
    this.introductions.push(own)
    return own
  }

  /** A conversation on an introduction of ours. */
  async begin({ client }: Ours, words: string): Promise<Talk> {
    const { talk, invite, more } = Talk.start(this.identity, readIntroduction(await client.introduce()), words)
    this.talk = talk
    await this.publish([...more, invite])
    return talk
  }

  /** Published, and taken in by whoever is there. */
  async publish(sealed: Sealed | readonly Sealed[], topic = this.talk?.peerTopic): Promise<void> {
    for (const { hint, payload } of [sealed].flat())
      await this.world.service.publish({
        id: random(16),
        topic: topic as Topic,
        payload: join(field(1, hint), field(2, payload)),
      })
    await this.world.pass()
  }

  /** What came on his topic since he looked last. */
  payloads(): Sealed[] {
    const log = this.world.delivery.log().slice(this.#read)
    this.#read += log.length
    return log
      .filter(({ topic }) => topic === this.identity.topic)
      .map(({ payload }) => read(payload))
      .map((envelope) => ({ hint: bytesOf(envelope, 1), payload: bytesOf(envelope, 2) }))
  }

  /** Reads it in this order; `payloads` unless told. */
  collect(payloads = this.payloads()): Heard[] {
    return payloads.flatMap((sealed) => this.talk?.hear(sealed) ?? [])
  }

  /** The introduction that a payload came with, and the payload. */
  invites(payloads = this.payloads()): { own: OwnIntroduction; payload: Uint8Array }[] {
    return payloads.flatMap(({ hint, payload }) => {
      const own = this.introductions.find(({ digest }) => hex(inboxHint(digest)) === hex(hint))
      return own ? [{ own, payload }] : []
    })
  }
}

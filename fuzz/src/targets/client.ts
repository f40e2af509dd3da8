import { contentRegistry, text } from "@colloquy/content"
import { InboxV1 } from "@colloquy/conversation-inbox"
import { PrivateV1 } from "@colloquy/conversation-private"
import {
  type AnyConversationType,
  type Entry,
  fromUtf8,
  inboxTopics,
  memoryDelivery,
  memoryStorage,
  type OpenStorage,
  toHex,
  type Topic,
  utf8,
} from "@colloquy/core"
import { Client } from "../../../packages/client/src/index.js"
import { key, type TableName } from "../../../packages/client/src/store/keys.js"
import { ManualClock, settle } from "../../../packages/client/test/support/manual-clock.js"
import { World } from "../../../packages/client/test/support/world.js"
import { decodeSteps, encodeSteps } from "../engine/steps.js"
import { must, type Target } from "../target.js"
import { crypto, Draws } from "./support/bytes.js"

const types: readonly AnyConversationType[] = [InboxV1 as AnyConversationType, PrivateV1 as AnyConversationType]
const content = contentRegistry([text])
const otherTopic = "/colloquy/1/inbox-zz/proto" as Topic
/** What hostile envelopes may not touch: everything but what was read, and what waits for somebody to expect it. */
const untouched: readonly TableName[] = [
  ...(["account", "instance", "cell", "row", "route", "claim", "later", "input", "outbox"] as const),
  ...(["message", "log", "event", "wake", "recent", "consent", "introduction"] as const),
]

/** Raya's store while she was away, and what Saro sent meanwhile, oldest first. */
interface Away {
  readonly entries: readonly Entry[]
  readonly sent: readonly { readonly topic: Topic; readonly payload: Uint8Array }[]
  readonly topic: Topic
  readonly introduction: string
  readonly conversation: string
  readonly nowMs: number
}

async function whileAway(): Promise<Away> {
  const world = new World()
  const [saro, raya] = [await world.person("saro", { types }), await world.person("raya", { types })]
  const talk = await world.converse(saro, raya)
  await world.clock.advance(120_000)
  const introduction = await raya.client.introduce()
  const topic = inboxTopics.of(raya.client.participant, crypto)
  await raya.client.close()
  const before = world.delivery.log().length
  for (const words of ["one", "two", "three"]) await talk.saro.send(text(words))
  await settle()
  const sent = world.delivery.log().slice(before)
  await saro.client.close()
  const storage = await raya.store()
  const entries = await storage.scan({ from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 100_000 })
  await storage.close()
  const nowMs = world.clock.nowMs()
  return { entries, sent, topic, introduction, conversation: talk.raya.id, nowMs }
}

/** A client over a copy of the store. */
class Returned {
  readonly clock: ManualClock
  readonly #delivery = memoryDelivery()
  readonly #draws = new Draws(7)
  readonly #open: OpenStorage = memoryStorage()
  #storage: Awaited<ReturnType<OpenStorage>> | undefined
  #client: Client | undefined

  constructor(away: Away) {
    this.clock = new ManualClock(away.nowMs)
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error("not open")
    return this.#client
  }

  async open({ entries }: Away): Promise<Client> {
    this.#storage = await this.#open()
    await this.#storage.commit(entries)
    this.#client = await Client.open({
      storage: this.#storage,
      delivery: this.#delivery.open,
      types,
      content,
      crypto,
      random: this.#draws.random,
      clock: this.clock,
    })
    // Of another scope, the service is opened again after a while.
    await this.clock.advance(30_000)
    return this.#client
  }

  async publish(topic: Topic, payload: Uint8Array): Promise<void> {
    const service = this.#delivery.open({ clock: this.clock, random: this.#draws.random })
    await service.publish({ id: this.#draws.random(16), topic, payload })
    await service.close()
  }

  async records(): Promise<string> {
    const tables = untouched.map((name) => key(name)[0])
    const found =
      (await this.#storage?.scan({ from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 100_000 })) ?? []
    return found
      .filter((entry) => tables.includes(entry.key[0]))
      .map((entry) => `${toHex(entry.key)} ${toHex(entry.value)}`)
      .join("\n")
  }
}

/** Envelopes on Raya's topic, from 8 up on another; 6 and 7 let time pass. */
export const clientEnvelopes: Target = {
  name: "client-envelopes",
  holds: "hostile envelopes change nothing that is stored, and what a friend sends arrives after them",
  form: "steps",
  bytesMax: 16_384,
  runs: 40,
  open: async () => {
    const away = await whileAway()
    const control = new Returned(away)
    await control.open(away)
    const untouchedRecords = await control.records()
    await control.client.close()
    const genuine = new Set(away.sent.map(({ payload }) => toHex(payload)))
    const last = away.sent.at(-1)
    if (last === undefined) throw new Error("nothing was sent")
    return {
      seeds: [
        ...away.sent.map(({ payload }) => encodeSteps([{ operation: 0, body: payload }])),
        encodeSteps(away.sent.map(({ payload }) => ({ operation: 8, body: payload }))),
        encodeSteps([...away.sent].reverse().map(({ payload }) => ({ operation: 0, body: payload.slice(0, 40) }))),
      ],
      async check(input) {
        const raya = new Returned(away)
        const client = await raya.open(away)
        let isGenuine = false
        for (const { operation, body } of decodeSteps(input)) {
          const isElsewhere = operation % 16 >= 8
          if (!isElsewhere && genuine.has(toHex(body))) isGenuine = true
          await raya.publish(isElsewhere ? otherTopic : away.topic, body)
          await settle()
        }
        await settle()
        must((client.counters()["TYPE_FAULT"] ?? 0) === 0, "a machine has thrown")
        if (!isGenuine) must((await raya.records()) === untouchedRecords, "what nobody sent changes the store")
        await raya.publish(last.topic, last.payload)
        await settle()
        await settle()
        const talk = await client.conversations.get(away.conversation)
        const { items } = (await talk?.messages({ limit: 100 })) ?? { items: [] }
        must(
          items.some(({ content: said }) => text.is(said) && said.text === "three"),
          "what a friend sends does not arrive",
        )
        await client.close()
      },
    }
  },
}

/** Whatever an application hands on as text. */
export const clientTexts: Target = {
  name: "client-texts",
  holds: "a cursor, an id or an introduction is taken or refused with its code",
  form: "text",
  bytesMax: 4096,
  runs: 100,
  open: async () => {
    const away = await whileAway()
    const raya = new Returned(away)
    const client = await raya.open(away)
    const talk = await client.conversations.get(away.conversation)
    const { next: list } = await client.conversations.list({ limit: 1 })
    const { next: page } = (await talk?.messages({ limit: 1 })) ?? { next: undefined }
    const seeds = ["0", "5", "1800000000000000", away.conversation, away.introduction, list ?? "", page ?? ""]
    return {
      seeds: seeds.map((seed) => utf8(seed)),
      async check(input) {
        const given = fromUtf8(input)
        if (given === undefined) return
        const stop = AbortSignal.abort()
        const calls: Readonly<Record<string, readonly [RegExp, () => Promise<unknown>]>> = {
          events: [/^BAD_CURSOR$|^CURSOR_EXPIRED$/, () => client.events({ after: given, signal: stop }).next()],
          list: [/^BAD_CURSOR$/, () => client.conversations.list({ after: given })],
          messages: [/^BAD_CURSOR$/, async () => talk?.messages({ before: given })],
          get: [/^BAD_CONVERSATION_ID$/, () => client.conversations.get(given)],
          message: [/^BAD_MESSAGE_ID$/, async () => talk?.message(given as never)],
          start: [/^INTRODUCTION_[A-Z]+$|^TYPE_UNKNOWN$|^NO_CARRIER$/, () => client.conversations.start(given)],
        }
        for (const [name, [codes, call]] of Object.entries(calls)) {
          const failure: unknown = await call().then(
            () => undefined,
            (error: unknown) => error,
          )
          const code = (failure as { code?: string } | undefined)?.code
          if (failure !== undefined)
            must(code !== undefined && codes.test(code), `${name} fails with ${String(failure)}`)
        }
      },
      close: () => client.close(),
    }
  },
}

import { contentRegistry, text } from "@colloquy/content"
import { InboxV1 } from "@colloquy/conversation-inbox"
import { PrivateV1 } from "@colloquy/conversation-private"
import {
  type AnyConversationType,
  type ConversationId,
  type Entry,
  inboxTopics,
  memoryDelivery,
  memoryStorage,
  type OpenStorage,
  toHex,
  type Topic,
} from "@colloquy/core"
import { AccountRecordSchema } from "../../../../packages/client/src/generated/store_pb.js"
import { Client } from "../../../../packages/client/src/index.js"
import { Pieces } from "../../../../packages/client/src/instance/pieces.js"
import { accountKey, key, Keys, type TableName } from "../../../../packages/client/src/store/keys.js"
import { Store } from "../../../../packages/client/src/store/store.js"
import { ManualClock, settle } from "../../../../packages/client/test/support/manual-clock.js"
import { type Person, World } from "../../../../packages/client/test/support/world.js"
import { privateState } from "../../../../packages/conversation-private/src/state.js"
import { crypto, Draws } from "./bytes.js"
import { FuzzError } from "../../fuzz-error.js"

const types: readonly AnyConversationType[] = [InboxV1 as AnyConversationType, PrivateV1 as AnyConversationType]
const content = contentRegistry([text])
/** What hostile envelopes may not touch: everything but what was read, and what waits for somebody to expect it. */
const untouched: readonly TableName[] = [
  ...(["account", "instance", "cell", "row", "route", "claim", "later", "input", "outbox"] as const),
  ...(["message", "log", "event", "wake", "recent", "consent", "introduction"] as const),
]

/** Raya's store while she was away, and what Saro sent meanwhile, oldest first. */
export interface Away {
  readonly entries: readonly Entry[]
  readonly sent: readonly { readonly topic: Topic; readonly payload: Uint8Array }[]
  readonly topic: Topic
  readonly introduction: string
  readonly conversation: string
  readonly nowMs: number
  /** The conversation as Saro's store has it. */
  readonly saro: Readonly<Record<string, unknown>>
}

export async function whileAway(): Promise<Away> {
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
  const state = await stateIn(saro, talk.saro.id)
  const storage = await raya.store()
  const entries = await storage.scan({ from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 100_000 })
  await storage.close()
  const nowMs = world.clock.nowMs()
  return { entries, sent, topic, introduction, conversation: talk.raya.id, nowMs, saro: state }
}

/** What a person's store, which is not sealed, holds of a PrivateV1 conversation. */
async function stateIn(person: Person, id: ConversationId): Promise<Readonly<Record<string, unknown>>> {
  const storage = await person.store()
  const store = new Store(storage)
  const account = await store.get(AccountRecordSchema, accountKey)
  const keys = new Keys(crypto, account?.indexKey ?? new Uint8Array(32))
  const state = await new Pieces(privateState, keys).load(store, keys.conversation(id))
  await storage.close()
  return state
}

/** A client over a copy of the store. */
export class Returned {
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
    if (this.#client === undefined) throw new FuzzError("TARGET", "not open")
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

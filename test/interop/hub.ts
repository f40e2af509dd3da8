import { once } from "node:events"
import WebSocket from "ws"
import { hex, join, random, text } from "./bytes.js"
import type { Sealed } from "./inbox.js"
import {
  all,
  bytesOf,
  doubleField,
  doubleOf,
  field,
  type Fields,
  has,
  numberField,
  numberOf,
  read,
  varint,
} from "./protobuf.js"

/** hub.md: numbers of the choices, both ways. */
export const toHub = { hello: 1, publish: 2, openFeed: 3, follow: 4, leave: 5, pull: 6, closeFeed: 7, ping: 8, pong: 9 }
export const fromHub = {
  welcome: 1,
  published: 2,
  publicationRefused: 3,
  requestDone: 4,
  requestRefused: 5,
  batch: 6,
  feedFailed: 7,
  ping: 8,
  pong: 9,
}
export const subprotocol = "colloquy.hub.v1"
export const proofs = { stored: 1, relayed: 2 }
export const refusals = { payloadTooLarge: 1, topicRefused: 2, deliveryRefused: 3, deliveryBusy: 4, cursorVoid: 5 }

export interface Batch {
  readonly feed: number
  readonly payloads: readonly { readonly topic: string; readonly payload: Uint8Array }[]
  readonly cursor: Uint8Array
  readonly live: boolean
}

interface Waiting {
  readonly kinds: readonly number[]
  readonly resolve: (came: readonly [kind: number, body: Fields]) => void
  readonly reject: (error: Error) => void
}

/** One connection, which does what it is told and no more. */
export class HubClient {
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #socket: WebSocket
  readonly #came: (readonly [number, Fields])[] = []
  #waiting: Waiting[] = []
  #request = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.closed = once(socket, "close").then(([code, reason]) => {
      for (const { reject } of this.#waiting) reject(new Error(`the hub closed: ${code as number}`))
      return { code: code as number, reason: String(reason) }
    })
    socket.on("message", (data: Buffer) => {
      for (const [kind, body] of read(new Uint8Array(data))) {
        if (kind === fromHub.ping) this.send(toHub.pong)
        else this.#came.push([kind, read(body as Uint8Array)])
      }
      this.#deal()
    })
  }

  static async open(url: string): Promise<HubClient> {
    const client = await HubClient.connect(url)
    client.send(toHub.hello, field(1, varint(1)))
    await client.next(fromHub.welcome)
    return client
  }

  /** Without a greeting. */
  static async connect(url: string): Promise<HubClient> {
    const socket = new WebSocket(url, subprotocol, { perMessageDeflate: false })
    await once(socket, "open")
    return new HubClient(socket)
  }

  send(kind: number, body: Uint8Array = new Uint8Array(0)): void {
    this.#socket.send(field(kind, body, true))
  }

  sendRaw(message: Uint8Array | string): void {
    this.#socket.send(message)
  }

  /** The next message of one of these kinds, also one that came already. */
  async next(...kinds: readonly number[]): Promise<Fields> {
    return (await this.#next(kinds))[1]
  }

  /** The proof, or the refusal as a negative number. */
  async publish(topic: string, payload: Uint8Array, { id = random(16), ephemeral = false } = {}): Promise<number> {
    const publication = join(field(1, id), field(2, topic), field(3, payload), numberField(4, ephemeral ? 1 : 0))
    this.send(toHub.publish, field(1, publication))
    const [kind, body] = await this.#next([fromHub.published, fromHub.publicationRefused])
    if (all(body, 1).every((answered) => hex(answered) !== hex(id))) throw new Error("an answer to another publication")
    return kind === fromHub.published ? numberOf(body, 2) : -numberOf(body, 2)
  }

  openFeed(feed: number, cursor: Uint8Array = new Uint8Array(0)): void {
    this.send(toHub.openFeed, join(numberField(1, feed), field(2, cursor)))
  }

  /** The feed's cursor, or the refusal. */
  async follow(feed: number, topics: readonly string[], sinceMs?: number): Promise<Uint8Array | number> {
    const since =
      sinceMs === undefined ? "" : join(varint(2 * 8 + 1), new Uint8Array(new Float64Array([sinceMs]).buffer))
    const following = topics.map((topic) => field(3, join(field(1, topic), since)))
    return this.#ask(toHub.follow, feed, join(...following))
  }

  async leave(feed: number, topics: readonly string[]): Promise<Uint8Array | number> {
    return this.#ask(toHub.leave, feed, join(...topics.map((topic) => field(3, topic))))
  }

  pull(feed: number, batches = 1): void {
    this.send(toHub.pull, join(numberField(1, feed), numberField(2, batches)))
  }

  async batch(): Promise<Batch> {
    const fields = await this.next(fromHub.batch)
    const topics = all(fields, 2).map(text)
    const payloads = all(fields, 3).map((payload) => read(payload))
    return {
      feed: numberOf(fields, 1),
      payloads: payloads.map((payload) => ({
        topic: topics[numberOf(payload, 1)] ?? "",
        payload: bytesOf(payload, 2),
      })),
      cursor: bytesOf(fields, 4),
      live: has(fields, 5),
    }
  }

  /** All that is there: to the first live batch. */
  async batches(feed: number): Promise<{ readonly payloads: Uint8Array[]; readonly cursor: Uint8Array }> {
    const payloads: Uint8Array[] = []
    for (;;) {
      this.pull(feed)
      const batch = await this.batch()
      payloads.push(...batch.payloads.map(({ payload }) => payload))
      if (batch.live) return { payloads, cursor: batch.cursor }
    }
  }

  close(): void {
    this.#socket.close()
  }

  async #ask(kind: number, feed: number, topics: Uint8Array): Promise<Uint8Array | number> {
    const request = ++this.#request
    this.send(kind, join(numberField(1, request), numberField(2, feed), topics))
    const [answer, body] = await this.#next([fromHub.requestDone, fromHub.requestRefused])
    if (numberOf(body, 1) !== request) throw new Error("an answer to another request")
    return answer === fromHub.requestDone ? bytesOf(body, 2) : numberOf(body, 2)
  }

  #next(kinds: readonly number[]): Promise<readonly [number, Fields]> {
    const next = new Promise<readonly [number, Fields]>((resolve, reject) => {
      this.#waiting.push({ kinds, resolve, reject })
    })
    this.#deal()
    return next
  }

  #deal(): void {
    this.#waiting = this.#waiting.filter(({ kinds, resolve }) => {
      const at = this.#came.findIndex(([kind]) => kinds.includes(kind))
      const [came] = at < 0 ? [] : this.#came.splice(at, 1)
      if (came) resolve(came)
      return came === undefined
    })
  }
}

/** hub.md and envelope.md: whoever hears everything on one topic. */
export class HubListener {
  readonly #client: HubClient

  private constructor(client: HubClient) {
    this.#client = client
  }

  static async open(url: string, topic: string, onPayload: (sealed: Sealed) => void): Promise<HubListener> {
    const client = await HubClient.open(url)
    client.openFeed(1)
    await client.follow(1, [topic])
    void (async () => {
      for (;;) {
        client.pull(1)
        for (const { payload } of (await client.batch()).payloads) {
          const envelope = read(payload)
          onPayload({ hint: bytesOf(envelope, 1), payload: bytesOf(envelope, 2) })
        }
      }
    })().catch(() => undefined)
    return new HubListener(client)
  }

  publish(topic: string, { hint, payload }: Sealed): Promise<number> {
    return this.#client.publish(topic, join(field(1, hint), field(2, payload)))
  }

  close(): void {
    this.#client.close()
  }
}

export function readWelcome(fields: Fields) {
  const [versions, feedsMax, publicationsMax] = [numberOf(fields, 1), numberOf(fields, 5), numberOf(fields, 6)]
  const limits = { payloadBytesMax: numberOf(fields, 3), topicsMax: numberOf(fields, 4), feedsMax, publicationsMax }
  const retentionMs = doubleOf(fields, 9)
  const messageBytesMax = numberOf(fields, 8)
  return { version: versions, scope: bytesOf(fields, 2), ...limits, messageBytesMax, retentionMs }
}

export interface Welcome {
  readonly version?: number
  readonly scope?: Uint8Array
  readonly payloadBytesMax?: number
  readonly heartbeatMs?: number
  readonly silenceMs?: number
  readonly retentionMs?: number
}

/** What a hub of the other program says first; good unless told. */
export function makeWelcome(welcome: Welcome = {}): Uint8Array {
  const { version = 1, scope = new Uint8Array(16).fill(1), payloadBytesMax = 100_000 } = welcome
  const { heartbeatMs = 30_000, silenceMs = 90_000, retentionMs = 0 } = welcome
  return join(
    ...[numberField(1, version), field(2, scope), numberField(3, payloadBytesMax), numberField(4, 100)],
    ...[numberField(5, 4), numberField(6, 64), numberField(7, 1_000_000), numberField(8, 2_000_000)],
    ...[doubleField(9, retentionMs), numberField(10, heartbeatMs), numberField(11, silenceMs)],
  )
}

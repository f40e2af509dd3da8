import { EventEmitter } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Batch, type Feed, silentLogger, type Topic, utf8 } from "@colloquy/core"
import {
  decodeFromHub,
  decodeToHub,
  encodeFromHub,
  encodeToHub,
  type FromHub,
  type FromHubInit,
  type ToHub,
  type ToHubInit,
} from "@colloquy/delivery-hub/protocol"
import { Connection } from "../../../apps/hub/src/connection.js"
import { Hub } from "../../../apps/hub/src/hub.js"
import { settingsOf } from "../../../apps/hub/src/limits.js"
import { Store } from "../../../apps/hub/src/store.js"
import { ClientUnderTest, settle, watch, welcomeValue } from "../../../packages/delivery-hub/test/fake-hub.js"
import { decodeSteps, encodeSteps, type Step } from "../engine/steps.js"
import { checkDecoder, type Decoder } from "../properties/decoder.js"
import { must, type Target } from "../target.js"
import { counting } from "./support/bytes.js"

const topic = "/test/1/a/raw" as Topic
const id = counting(16)
const cursor = counting(24)
const limits = { bytesMax: 100_000, elementsMax: 200 }
const codes = /^HUB_(MALFORMED|TOO_LARGE|UNKNOWN_KIND)$/

const toHub: readonly ToHubInit[] = [
  { case: "hello", value: { versions: [1, 2] } },
  { case: "publish", value: { publications: [{ id, topic, payload: counting(9), ephemeral: true }] } },
  {
    case: "publish",
    value: {
      publications: [
        { id, topic, payload: counting(90) },
        { id: counting(16, 5), topic },
      ],
    },
  },
  { case: "openFeed", value: { feed: 1 } },
  { case: "openFeed", value: { feed: 2, cursor } },
  { case: "follow", value: { request: 1, feed: 1, topics: [{ topic, sinceMs: 5 }, { topic: "/a/1/c/raw" }] } },
  { case: "pull", value: { feed: 1, batches: 2 } },
  { case: "leave", value: { request: 2, feed: 1, topics: [topic] } },
  { case: "closeFeed", value: { feed: 1 } },
  { case: "ping", value: {} },
  { case: "pong", value: {} },
]

const fromHub: readonly FromHubInit[] = [
  { case: "welcome", value: welcomeValue },
  { case: "requestDone", value: { request: 1, cursor } },
  {
    case: "batch",
    value: {
      feed: 1,
      topics: [topic],
      payloads: [{ topic: 0, payload: counting(5) }],
      cursor,
      live: true,
      gapTopics: [topic],
    },
  },
  { case: "published", value: { ids: [id, counting(16, 3)], proof: 1 } },
  { case: "publicationRefused", value: { id, code: 1 } },
  { case: "requestRefused", value: { request: 1, code: 2 } },
  { case: "feedFailed", value: { feed: 1, code: 5 } },
  { case: "ping", value: {} },
  { case: "pong", value: {} },
]

export const hubToHub: Target = messagesTarget<ToHub>(
  "hub-to-hub",
  toHub.map((message) => encodeToHub(message)),
  {
    codes,
    canonical: false,
    views: true,
    decode: (bytes) => reading(decodeToHub(bytes, limits)),
    encode: (message) => encodeToHub(message),
  },
)

export const hubFromHub: Target = messagesTarget<FromHub>(
  "hub-from-hub",
  fromHub.map((message) => encodeFromHub(message)),
  {
    codes,
    canonical: false,
    views: true,
    decode: (bytes) => reading(decodeFromHub(bytes)),
    encode: (message) => encodeFromHub(message),
  },
)

/** The other end of a connection of the hub, as `ws` would be. */
class Socket extends EventEmitter {
  binaryType = ""
  bufferedAmount = 0
  isPaused = false
  closedWith: string | undefined
  readonly #done: (() => void)[] = []

  send(data: Uint8Array, done: () => void): void {
    must("message" in decodeFromHub(data), "the hub sends what its client does not take")
    this.#done.push(done)
  }
  /** What was sent has left. */
  flush(): void {
    for (const done of this.#done.splice(0)) done()
  }
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
  close(_code: number, reason: string): void {
    this.closedWith = reason
  }
  terminate(): void {
    this.closedWith ??= "terminated"
  }
}

/** A client of the hub that says what it likes: messages, 12 and up a text instead, 8 to 11 a turn of the event loop. */
export const hubServer: Target = {
  name: "hub-server",
  holds: "the hub answers or closes whatever a connection says, within its limits, and forgets the connection whole",
  form: "steps",
  bytesMax: 8192,
  runs: 100,
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), "colloquy-fuzz-"))
    const store = Store.open(folder)
    const settings = settingsOf({
      port: 0,
      dataDir: folder,
      payloadBytesMax: 1000,
      retentionBytes: 100_000,
      topicsMax: 20,
      feedsMax: 3,
      publicationsMax: 8,
      publicationBytesMax: 4000,
      logger: silentLogger,
    })
    const said = toHub.map((message): Step => ({ operation: 0, body: encodeToHub(message) }))
    const turn: Step = { operation: 8, body: counting(0) }
    return {
      seeds: [
        encodeSteps(said),
        encodeSteps(said.flatMap((step) => [step, turn])),
        encodeSteps([...said.slice(0, 1), ...said.slice(3), ...said.slice(1, 3), turn, turn]),
        encodeSteps([...said.slice(0, 2), { operation: 12, body: utf8("text") }]),
      ],
      async check(input) {
        const hub = new Hub(settings, store)
        const socket = new Socket()
        const connection = new Connection(hub, socket as never)
        hub.connections.add(connection)
        for (const { operation, body } of decodeSteps(input)) {
          if (operation % 16 >= 8 && operation % 16 < 12) {
            await settle()
            socket.flush()
          } else socket.emit("message", Buffer.from(body), operation % 16 < 12)
          must(connection.feedCount <= 3 && hub.stats().topicsFollowed <= 20, "more feeds or topics than the limits")
        }
        await settle()
        socket.flush()
        connection.close("HUB_CLOSING")
        socket.emit("close")
        await settle()
        const { connections, feeds, topicsFollowed } = hub.stats()
        must(connections + feeds + topicsFollowed === 0, "something of a closed connection stays")
        hub.end()
      },
      async close() {
        store.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}

/** A hub that says what it likes to its client: messages from 0 to 5, else what the client, its network or the time does. */
export const hubClient: Target = {
  name: "hub-client",
  holds: "a client takes or leaves whatever a hub says, and everything that it was asked for comes to an end",
  form: "steps",
  bytesMax: 8192,
  runs: 100,
  open: async () => {
    const says = fromHub.map((message): Step => ({ operation: 0, body: encodeFromHub(message) }))
    const [follow, pull, publish, wait, drop] = [7, 11, 6, 8, 9].map((operation) => ({ operation, body: counting(2) }))
    const [welcome, done, batch] = says
    const script = (...steps: readonly (Step | undefined)[]): Uint8Array =>
      encodeSteps(steps.filter((step) => step !== undefined))
    return {
      seeds: [
        script(welcome, follow, done, pull, batch, pull, ...says.slice(3)),
        script(welcome, publish, publish, ...says.slice(3), drop, wait, welcome, follow, done),
        script(welcome, { operation: 10, body: utf8("text") }, wait, welcome, follow, pull, wait, wait),
      ],
      async check(input) {
        const client = new ClientUnderTest({ pendingMax: 64 })
        const asked: { state: string }[] = []
        let feed: Feed | undefined
        const taken: Batch[] = []
        client.socket.open()
        for (const { operation, body } of decodeSteps(input)) {
          switch (operation % 16) {
            case 6:
              asked.push(watch(client.service.publish({ id: client.random(16), topic, payload: body })))
              break
            case 7:
              if (feed === undefined) {
                feed = client.service.open()
                asked.push(watch(feed.follow([{ topic }])))
              } else asked.push(watch(feed.leave([topic])))
              break
            case 8:
              client.clock.advance((body[0] ?? 0) * 100)
              if (client.socket.readyState === 0) client.socket.open()
              break
            case 9:
              client.socket.drop(1000 + (body[0] ?? 0))
              break
            case 10:
              client.socket.receiveRaw("text")
              break
            case 11:
              if (feed !== undefined)
                asked.push(
                  watch(
                    feed[Symbol.asyncIterator]()
                      .next()
                      .then((next) => next.done === true || taken.push(next.value)),
                  ),
                )
              break
            default:
              client.socket.receiveRaw(body)
          }
          await Promise.resolve()
        }
        await settle()
        asked.push(watch(client.service.close()))
        await settle()
        client.clock.advance(60_000)
        await settle()
        for (const { state } of asked)
          must(/^(resolved|DELIVERY_[A-Z]+|PAYLOAD_TOO_LARGE|TOPIC_REFUSED|CURSOR_VOID)$/.test(state), `ends ${state}`)
        must(client.clock.timerCount === 0, "a timer goes on")
      },
    }
  },
}

function messagesTarget<T>(name: string, seeds: readonly Uint8Array[], decoder: Decoder<T>): Target {
  return {
    name,
    holds: "a message is read or refused, and reads the same when it is written again",
    form: "fields",
    bytesMax: 4096,
    runs: 3000,
    open: async () => ({ seeds, check: (input) => void checkDecoder(decoder, input) }),
  }
}

function reading<T>(read: { readonly message: T } | { readonly refused: string }) {
  return "message" in read ? { value: read.message } : read
}

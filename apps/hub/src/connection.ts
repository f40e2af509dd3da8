import { parseTopic } from "@colloquy/core"
import {
  closeCodes,
  creditMax,
  decodeToHub,
  encodeFromHub,
  type FromHubInit,
  helloBytesMax,
  type HubCloseReason,
  type HubFollow,
  HubProof,
  type HubPublication,
  hubProtocolVersion,
  type HubRefusal,
  refusalNumber,
  type ToHub,
} from "@colloquy/delivery-hub/protocol"
import type { WebSocket } from "ws"
import { Feed } from "./feed.js"
import type { Hub } from "./hub.js"
import { closeTimeoutMs, helloTimeoutMs } from "./limits.js"
import { Throttle } from "./throttle.js"

/** One client's side of the hub: the order of messages, its limits, its feeds, and that it is still there. */
export class Connection {
  readonly #hub: Hub
  readonly #socket: WebSocket
  readonly #throttle: Throttle
  readonly #feeds = new Map<number, Feed>()
  readonly #helloTimer: NodeJS.Timeout
  #throttleTimer: NodeJS.Timeout | undefined
  #isGreeted = false
  #isClosed = false
  #heardAtMs: number
  #askedAtMs = 0
  #underWay = 0
  #underWayBytes = 0
  #topicCount = 0
  readonly #ready = new Set<Feed>()

  constructor(hub: Hub, socket: WebSocket) {
    this.#hub = hub
    this.#socket = socket
    this.#throttle = new Throttle(hub.settings.messagesPerSecond, hub.settings.bytesPerSecond, monotonicMs())
    this.#heardAtMs = monotonicMs()
    this.#helloTimer = setTimeout(() => this.close("HUB_SILENT"), Math.min(helloTimeoutMs, hub.settings.silenceMs))
    socket.binaryType = "nodebuffer"
    socket.on("message", (data: Buffer, isBinary) => this.#received(data, isBinary))
    // ws reports protocol errors and resets here, and closes by itself.
    socket.on("error", () => undefined)
    socket.on("close", () => this.#ended())
  }

  get feedCount(): number {
    return this.#feeds.size
  }

  /** What waits in the socket because the client does not read. */
  get outgoingBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** Asks a client that is silent, closes one that stays so. */
  checkSilence(nowMs: number): void {
    const { heartbeatMs, silenceMs } = this.#hub.settings
    if (!this.#isGreeted || this.#throttleTimer !== undefined) return
    if (nowMs - this.#heardAtMs >= silenceMs) return this.close("HUB_SILENT")
    if (nowMs - Math.max(this.#heardAtMs, this.#askedAtMs) < heartbeatMs) return
    this.#askedAtMs = nowMs
    this.#send({ case: "ping", value: {} })
  }

  /** What became of publications, after the commit or at once. */
  settled(publications: readonly HubPublication[], outcome: "stored" | "relayed" | HubRefusal): void {
    for (const { payload } of publications) {
      this.#underWay--
      this.#underWayBytes -= payload.length
    }
    if (outcome === "stored" || outcome === "relayed") {
      const proof = outcome === "stored" ? HubProof.STORED : HubProof.RELAYED
      this.#send({ case: "published", value: { ids: publications.map(({ id }) => id), proof } })
    } else for (const { id } of publications) this.#refuse(id, outcome)
  }

  /** A feed of this connection has something to give. */
  wake(feed: Feed): void {
    this.#ready.add(feed)
    this.#pump()
  }

  close(reason: HubCloseReason): void {
    if (this.#isClosed) return
    this.#socket.close(closeCodes[reason], reason)
    const { logger } = this.#hub.settings
    if (reason !== "HUB_CLOSING") logger.log("info", "hub.connection-closed", { code: reason })
    this.#ended()
    // The other side may never answer, and what waits in the socket may never leave.
    const timer = setTimeout(() => this.#socket.terminate(), closeTimeoutMs)
    this.#socket.once("close", () => clearTimeout(timer))
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#isClosed) return
    this.#heardAtMs = monotonicMs()
    this.#slowDown(data.length)
    if (!isBinary) return this.close("HUB_MALFORMED")
    const { messageBytesMax, topicsMax, publicationsMax } = this.#hub.settings
    const read = decodeToHub(data, {
      bytesMax: this.#isGreeted ? messageBytesMax : helloBytesMax,
      elementsMax: Math.max(topicsMax, publicationsMax) + 8,
    })
    if ("refused" in read) return this.close(read.refused)
    const problem = this.#handle(read.message)
    if (problem !== undefined) this.close(problem)
  }

  #handle(message: ToHub): HubCloseReason | undefined {
    if (message.case === "hello") return this.#greet(message.value.versions)
    if (!this.#isGreeted) return "HUB_WRONG_ORDER"
    switch (message.case) {
      case "publish":
        return this.#publish(message.value.publications)
      case "openFeed":
        return this.#openFeed(message.value.feed, message.value.cursor)
      case "follow":
        return this.#withFeed(message.value.feed, (feed) => this.#follow(feed, message.value))
      case "leave":
        return this.#withFeed(message.value.feed, (feed) =>
          this.#leave(feed, message.value.request, message.value.topics),
        )
      case "pull":
        return this.#withFeed(message.value.feed, (feed) => this.#pull(feed, message.value.batches))
      case "closeFeed":
        return this.#withFeed(message.value.feed, (feed) => this.#closeFeed(feed))
      case "ping":
        this.#send({ case: "pong", value: {} })
        return undefined
      case "pong":
        return undefined
    }
  }

  #greet(versions: readonly number[]): HubCloseReason | undefined {
    if (this.#isGreeted) return "HUB_WRONG_ORDER"
    if (!versions.includes(hubProtocolVersion)) return "HUB_VERSION"
    this.#isGreeted = true
    clearTimeout(this.#helloTimer)
    this.#send({ case: "welcome", value: this.#hub.welcome() })
    return undefined
  }

  #publish(publications: readonly HubPublication[]): undefined {
    const { payloadBytesMax, publicationsMax, publicationBytesMax } = this.#hub.settings
    for (const publication of publications) {
      const { id, topic, payload, ephemeral } = publication
      if (payload.length > payloadBytesMax) this.#refuse(id, "PAYLOAD_TOO_LARGE")
      else if (parseTopic(topic) === undefined) this.#refuse(id, "TOPIC_REFUSED")
      else if (this.#underWay >= publicationsMax || this.#underWayBytes + payload.length > publicationBytesMax)
        this.#refuse(id, "DELIVERY_BUSY")
      else {
        this.#underWay++
        this.#underWayBytes += payload.length
        if (ephemeral) this.#hub.relay(this, publication)
        else this.#hub.store(this, publication)
      }
    }
  }

  #openFeed(number: number, cursor: Uint8Array): HubCloseReason | undefined {
    if (this.#feeds.has(number)) return "HUB_WRONG_ORDER"
    if (this.#feeds.size >= this.#hub.settings.feedsMax) return "HUB_LIMIT"
    const feed = new Feed(number, this.#hub.log, cursor)
    this.#feeds.set(number, feed)
    if (feed.failed) this.#send({ case: "feedFailed", value: { feed: number, code: refusalNumber("CURSOR_VOID") } })
    return undefined
  }

  #follow(feed: Feed, { request, topics }: HubFollow): undefined {
    const added = feed.follow(topics, this.#hub.settings.topicsMax - this.#topicCount)
    if (typeof added === "string")
      return void this.#send({ case: "requestRefused", value: { request, code: refusalNumber(added) } })
    this.#topicCount += added.length
    for (const topic of added) this.#hub.subscribe(topic, feed, this)
    this.#send({ case: "requestDone", value: { request, cursor: feed.cursor } })
    this.wake(feed)
  }

  #leave(feed: Feed, request: number, topics: readonly string[]): undefined {
    const left = feed.leave(topics)
    this.#topicCount -= left.length
    for (const topic of left) this.#hub.unsubscribe(topic, feed)
    this.#send({ case: "requestDone", value: { request, cursor: feed.cursor } })
  }

  #pull(feed: Feed, batches: number): HubCloseReason | undefined {
    if (feed.credit + batches > creditMax) return "HUB_LIMIT"
    feed.credit += batches
    this.wake(feed)
    return undefined
  }

  #closeFeed(feed: Feed): undefined {
    this.#feeds.delete(feed.number)
    this.#ready.delete(feed)
    this.#topicCount -= feed.topics.size
    for (const topic of feed.topics) this.#hub.unsubscribe(topic, feed)
  }

  #withFeed(number: number, work: (feed: Feed) => HubCloseReason | undefined): HubCloseReason | undefined {
    const feed = this.#feeds.get(number)
    return feed === undefined ? "HUB_WRONG_ORDER" : work(feed)
  }

  /** One batch from each feed that has credit and something to give, as long as the client reads. */
  #pump(): void {
    for (const feed of [...this.#ready]) {
      if (this.#isClosed || this.outgoingBytes >= this.#hub.settings.outgoingBytesMax) return
      this.#ready.delete(feed)
      if (feed.credit === 0 || !feed.hasWork) continue
      const batch = feed.collect()
      if (batch !== undefined) {
        feed.credit--
        this.#send({ case: "batch", value: batch })
      }
      if (feed.credit > 0 && feed.hasWork) this.#hub.later(this, feed)
    }
  }

  #refuse(id: Uint8Array, code: HubRefusal): void {
    this.#hub.counts.refused++
    this.#send({ case: "publicationRefused", value: { id, code: refusalNumber(code) } })
  }

  #send(message: FromHubInit): void {
    if (this.#isClosed) return
    this.#socket.send(encodeFromHub(message), () => {
      if (this.#isClosed || this.outgoingBytes >= this.#hub.settings.outgoingBytesMax) return
      this.#readOn()
      if (this.#ready.size > 0) this.#pump()
    })
    if (this.outgoingBytes >= this.#hub.settings.outgoingBytesMax) this.#socket.pause()
  }

  #slowDown(bytes: number): void {
    const waitMs = this.#throttle.take(bytes, this.#heardAtMs)
    if (waitMs <= 0 || this.#throttleTimer !== undefined) return
    this.#socket.pause()
    this.#throttleTimer = setTimeout(() => {
      this.#throttleTimer = undefined
      this.#heardAtMs = monotonicMs()
      if (this.outgoingBytes < this.#hub.settings.outgoingBytesMax) this.#readOn()
    }, waitMs)
  }

  #readOn(): void {
    if (this.#throttleTimer === undefined && this.#socket.isPaused) this.#socket.resume()
  }

  #ended(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#helloTimer)
    clearTimeout(this.#throttleTimer)
    for (const feed of this.#feeds.values()) this.#closeFeed(feed)
    this.#hub.ended(this)
    // So that the closing handshake is read.
    if (this.#socket.isPaused) this.#socket.resume()
  }
}

function monotonicMs(): number {
  return Math.floor(performance.now())
}

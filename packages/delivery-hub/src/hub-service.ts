import {
  type Clock,
  ColloquyError,
  type DeliveryErrorCode,
  type DeliveryLimits,
  type DeliveryService,
  type DeliveryStatus,
  parseTopic,
  type Publication,
  type Receipt,
  toHex,
} from "@colloquy/core"
import { type FeedHost, HubFeed } from "./hub-feed.js"
import { Link, type LinkEnd } from "./link.js"
import type { HubSettings } from "./options.js"
import {
  type FromHub,
  type HubCloseReason,
  HubProof,
  type HubWelcome,
  publicationIdBytes,
  refusalOf,
  type ToHubInit,
} from "./protocol/index.js"
import { Publications } from "./publications.js"

/** What is assumed of a hub that was never up. */
const assumedLimits: DeliveryLimits = { payloadBytesMax: 150 * 1024, topicsMax: 10_000 }

/**
 * A client's connection to a hub. Publishing while the hub is down fails at once with `DELIVERY_DOWN`; while the client is connecting it waits for
 * that attempt. What was under way when a connection was lost waits for the next attempt: if it succeeds it is sent again, else it fails with
 * `DELIVERY_DOWN`, and nobody knows whether the hub has it. So no publish waits longer than one attempt.
 */
export class HubService implements DeliveryService, LinkEnd, FeedHost {
  readonly #link: Link
  readonly #publications: Publications
  readonly #feeds = new Map<number, HubFeed>()
  readonly #requests = new Map<number, HubFeed>()
  readonly #listeners = new Set<(status: DeliveryStatus) => void>()
  #limits = assumedLimits
  #scope = ""
  #feedsMade = 0
  #requestsMade = 0
  #closing: Promise<void> | undefined

  constructor(
    settings: HubSettings,
    environment: { readonly clock: Clock; readonly random: (bytes: number) => Uint8Array },
  ) {
    this.#link = new Link(settings, environment, this)
    this.#publications = new Publications(settings, (message) => this.#link.send(message))
    this.#link.connect()
  }

  get scope(): string {
    return this.#scope
  }

  get limits(): DeliveryLimits {
    return this.#limits
  }

  get isUp(): boolean {
    return this.#link.isUp
  }

  async publish(publication: Publication, options: { readonly signal?: AbortSignal } = {}): Promise<Receipt> {
    options.signal?.throwIfAborted()
    if (this.#closing !== undefined) throw closed()
    if (publication.id.length !== publicationIdBytes)
      throw new ColloquyError("DELIVERY_REFUSED", `a publication's id has ${publicationIdBytes} bytes`)
    if (parseTopic(publication.topic) === undefined)
      throw new ColloquyError("TOPIC_REFUSED", "the topic is not a content topic")
    if (publication.payload.length > this.#limits.payloadBytesMax)
      throw new ColloquyError("PAYLOAD_TOO_LARGE", `a payload has at most ${this.#limits.payloadBytesMax} bytes`)
    if (this.#link.status.state === "down") throw down()
    return this.#publications.publish(publication, options.signal)
  }

  open(options: { readonly cursor?: Uint8Array; readonly signal?: AbortSignal } = {}): HubFeed {
    const feed = new HubFeed(++this.#feedsMade, this, options.cursor, options.signal)
    if (!feed.hasEnded) this.#feeds.set(feed.number, feed)
    if (this.#closing !== undefined) feed.fail("DELIVERY_CLOSED", "the delivery service was closed")
    return feed
  }

  status(listener: (status: DeliveryStatus) => void): () => void {
    const own = (status: DeliveryStatus): void => listener(status)
    this.#listeners.add(own)
    own(this.#link.status)
    return () => this.#listeners.delete(own)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  // ---- what feeds need

  send(message: ToHubInit): void {
    this.#link.send(message)
  }

  request(feed: HubFeed): number {
    this.#requests.set(++this.#requestsMade, feed)
    return this.#requestsMade
  }

  hasRoom(topics: number): boolean {
    let followed = 0
    for (const feed of this.#feeds.values()) followed += feed.topicCount
    return followed + topics <= this.#limits.topicsMax
  }

  ended(feed: HubFeed): void {
    this.#feeds.delete(feed.number)
  }

  // ---- what the link tells

  up(welcome: HubWelcome): void {
    this.#scope = toHex(welcome.scope)
    const { payloadBytesMax, topicsMax, retentionMs } = welcome
    this.#limits = { payloadBytesMax, topicsMax, ...(retentionMs > 0 ? { retentionMs } : {}) }
    for (const feed of [...this.#feeds.values()]) feed.connected()
    this.#publications.connected(welcome)
  }

  lost(wasUp: boolean): void {
    this.#requests.clear()
    for (const feed of this.#feeds.values()) feed.disconnected()
    this.#publications.disconnected()
    if (!wasUp) this.#publications.failAll(down())
  }

  changed(status: DeliveryStatus): void {
    for (const listener of [...this.#listeners]) listener(status)
  }

  received(message: FromHub): HubCloseReason | undefined {
    switch (message.case) {
      case "published":
        this.#publications.stored(message.value.ids, {
          proof: message.value.proof === HubProof.STORED ? "stored" : "relayed",
        })
        return undefined
      case "publicationRefused":
        this.#publications.refused(message.value.id, refusalOf(message.value.code))
        return undefined
      case "requestDone":
        return this.#answer(message.value.request, (feed, request) => {
          feed.done(request, message.value.cursor)
          return undefined
        })
      case "requestRefused":
        return this.#answer(message.value.request, (feed, request) =>
          feed.refused(request, refusalOf(message.value.code)),
        )
      case "batch":
        // One that was on its way when its feed was closed.
        return this.#feeds.get(message.value.feed)?.received(message.value)
      case "feedFailed":
        this.#feeds.get(message.value.feed)?.fail("CURSOR_VOID", "the cursor is of another scope")
        return undefined
      case "welcome":
      case "ping":
      case "pong":
        return undefined
    }
  }

  #answer(
    request: number,
    handle: (feed: HubFeed, request: number) => HubCloseReason | undefined,
  ): HubCloseReason | undefined {
    const feed = this.#requests.get(request)
    if (feed === undefined) return "HUB_WRONG_ORDER"
    this.#requests.delete(request)
    return handle(feed, request)
  }

  async #close(): Promise<void> {
    await Promise.resolve()
    for (const feed of [...this.#feeds.values()]) feed.fail("DELIVERY_CLOSED", "the delivery service was closed")
    this.#publications.failAll(closed())
    const ended = this.#link.close()
    this.#listeners.clear()
    await ended
  }
}

function down(): ColloquyError<DeliveryErrorCode> {
  return new ColloquyError("DELIVERY_DOWN", "the hub can't be reached", { retry: "later" })
}

function closed(): ColloquyError<DeliveryErrorCode> {
  return new ColloquyError("DELIVERY_CLOSED", "the delivery service was closed")
}

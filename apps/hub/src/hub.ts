import type { HubPublication } from "@colloquy/delivery-hub/protocol"
import { hubProtocolVersion, type HubRefusal } from "@colloquy/delivery-hub/protocol"
import type { Connection } from "./connection.js"
import type { Feed } from "./feed.js"
import type { HubSettings } from "./limits.js"
import { Log } from "./log.js"
import type { Store } from "./store.js"

const topicsKeptMax = 100_000

export interface HubStats {
  readonly connections: number
  readonly feeds: number
  readonly topicsFollowed: number
  /** Kept now, and their bytes with 128 for each. */
  readonly payloads: number
  readonly bytes: number
  /** Since the start: stored, stored before, relayed, refused, dropped by retention. */
  readonly stored: number
  readonly duplicates: number
  readonly relayed: number
  readonly refused: number
  readonly dropped: number
  /** What waits in sockets for clients that do not read. */
  readonly outgoingBytes: number
}

interface Waiting {
  readonly from: Connection
  readonly publication: HubPublication
}

/** What connections share: the log, who follows what, and the commit that a turn of the event loop gathers (group commit). */
export class Hub {
  readonly settings: HubSettings
  readonly log: Log
  readonly connections = new Set<Connection>()
  readonly counts = { stored: 0, duplicates: 0, relayed: 0, refused: 0, dropped: 0 }
  readonly #followers = new Map<string, Map<Feed, Connection>>()
  readonly #later = new Map<Feed, Connection>()
  #waiting: Waiting[] = []
  #isScheduled = false

  constructor(settings: HubSettings, store: Store) {
    this.settings = settings
    this.log = new Log(store)
  }

  welcome() {
    const { settings, log } = this
    return {
      version: hubProtocolVersion,
      scope: log.store.scope,
      payloadBytesMax: settings.payloadBytesMax,
      topicsMax: settings.topicsMax,
      feedsMax: settings.feedsMax,
      publicationsMax: settings.publicationsMax,
      publicationBytesMax: settings.publicationBytesMax,
      messageBytesMax: settings.messageBytesMax,
      retentionMs: settings.retentionMs,
      heartbeatMs: settings.heartbeatMs,
      silenceMs: settings.silenceMs,
    }
  }

  /** Takes it into the next commit. */
  store(from: Connection, publication: HubPublication): void {
    this.#waiting.push({ from, publication })
    this.#schedule()
  }

  /** Hands it to who follows now. */
  relay(from: Connection, publication: HubPublication): void {
    this.counts.relayed++
    for (const [feed, connection] of this.#followers.get(publication.topic) ?? []) {
      feed.relay(publication.topic, publication.payload)
      this.later(connection, feed)
    }
    from.settled([publication], "relayed")
  }

  subscribe(topic: string, feed: Feed, connection: Connection): void {
    const followers = this.#followers.get(topic)
    if (followers === undefined) this.#followers.set(topic, new Map([[feed, connection]]))
    else followers.set(feed, connection)
  }

  unsubscribe(topic: string, feed: Feed): void {
    const followers = this.#followers.get(topic)
    followers?.delete(feed)
    if (followers?.size === 0) this.#followers.delete(topic)
  }

  /** Wakes the feed in the next turn of the event loop, so that one reader does not hold up the others. */
  later(connection: Connection, feed: Feed): void {
    this.#later.set(feed, connection)
    this.#schedule()
  }

  ended(connection: Connection): void {
    this.connections.delete(connection)
  }

  /** Commits what waits. The publishers hear of it, then the followers. */
  commit(): void {
    const waiting = this.#waiting
    this.#waiting = []
    if (waiting.length === 0) return
    let sequences: readonly (number | undefined)[]
    try {
      const publications = waiting.map(({ publication }) => publication)
      sequences = this.log.append(publications, this.settings.nowMs())
    } catch (error) {
      this.settings.logger.log("error", "hub.commit-failed", { code: sqliteCode(error) })
      this.#settle(waiting, "DELIVERY_BUSY")
      return
    }
    this.#settle(waiting, "stored")
    sequences.forEach((sequence, index) => {
      if (sequence === undefined) this.counts.duplicates++
      else {
        this.counts.stored++
        this.#announce((waiting[index] as Waiting).publication.topic, sequence)
      }
    })
    if (this.log.store.bytes > this.settings.retentionBytes) this.applyRetention()
  }

  /** Drops what is too old or too much, a bounded amount at a time. */
  applyRetention(): void {
    const { retentionMs, retentionBytes, nowMs, logger } = this.settings
    try {
      const dropped = this.log.store.drop(nowMs() - retentionMs, retentionBytes)
      this.counts.dropped += dropped
      if (dropped === 0) this.log.store.forgetTopics(topicsKeptMax)
      else setImmediate(() => this.#isOpen && this.applyRetention())
    } catch (error) {
      logger.log("error", "hub.retention-failed", { code: sqliteCode(error) })
    }
  }

  stats(): HubStats {
    let [feeds, topicsFollowed, outgoingBytes] = [0, 0, 0]
    for (const connection of this.connections) {
      feeds += connection.feedCount
      outgoingBytes += connection.outgoingBytes
    }
    for (const followers of this.#followers.values()) topicsFollowed += followers.size
    const { payloads, bytes } = this.log.store
    return { connections: this.connections.size, feeds, topicsFollowed, payloads, bytes, ...this.counts, outgoingBytes }
  }

  /** Nothing is done to the store after this. */
  end(): void {
    this.#isOpen = false
  }

  #isOpen = true

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (!this.#isOpen) return
      this.commit()
      const later = [...this.#later]
      this.#later.clear()
      for (const [feed, connection] of later) connection.wake(feed)
    })
  }

  #announce(topic: string, sequence: number): void {
    for (const [feed, connection] of this.#followers.get(topic) ?? []) {
      feed.stored(topic, sequence)
      this.#later.set(feed, connection)
    }
  }

  #settle(waiting: readonly Waiting[], outcome: "stored" | HubRefusal): void {
    const byConnection = new Map<Connection, HubPublication[]>()
    for (const { from, publication } of waiting) {
      const publications = byConnection.get(from)
      if (publications === undefined) byConnection.set(from, [publication])
      else publications.push(publication)
    }
    for (const [connection, publications] of byConnection) connection.settled(publications, outcome)
  }
}

function sqliteCode(error: unknown): string {
  const code = (error as { code?: unknown }).code
  return typeof code === "string" ? code : "unknown"
}

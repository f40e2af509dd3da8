import type { Clock, DeliveryService, DeliveryStatus, OpenDelivery, Publication, Topic } from "@colloquy/core"
import { utf8 } from "@colloquy/core"
import { hub } from "../src/index.js"
import type { HubOptions } from "../src/options.js"
import { decodeToHub, encodeFromHub, type FromHubInit, type ToHub } from "../src/protocol/index.js"

/** Time that a test moves. */
class VirtualClock implements Clock {
  #nowMs = 1_000_000
  #timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>()
  #count = 0

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const id = ++this.#count
    this.#timers.set(id, { atMs: this.#nowMs + delayMs, callback })
    return () => this.#timers.delete(id)
  }

  get timerCount(): number {
    return this.#timers.size
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const due = [...this.#timers].filter(([, { atMs }]) => atMs <= untilMs).sort(([, a], [, b]) => a.atMs - b.atMs)[0]
      if (due === undefined) break
      this.#timers.delete(due[0])
      this.#nowMs = Math.max(this.#nowMs, due[1].atMs)
      due[1].callback()
    }
    this.#nowMs = untilMs
  }

  /** The machine slept: time has passed, and timers fire only now. */
  sleep(forMs: number): void {
    this.#nowMs += forMs
    this.advance(0)
  }
}

/** A WebSocket whose other end is the test. */
export class FakeSocket {
  binaryType = "blob"
  readyState = 0
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  onerror: ((event: never) => void) | null = null
  readonly sent: ToHub[] = []
  closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | undefined
  terminated = false

  constructor(
    readonly url: string,
    readonly protocols: string[],
  ) {}

  send(data: Uint8Array): void {
    const read = decodeToHub(data, { bytesMax: 1 << 24, elementsMax: 100_000 })
    if ("refused" in read) throw new Error(`the client sent ${read.refused}`)
    this.sent.push(read.message)
  }

  close(code?: number, reason?: string): void {
    this.closedWith = { code, reason }
  }

  terminate(): void {
    this.terminated = true
  }

  open(): void {
    this.onopen?.({} as never)
  }

  receive(message: FromHubInit): void {
    this.receiveRaw(encodeFromHub(message))
  }

  receiveRaw(data: Uint8Array | string): void {
    const copy = typeof data === "string" ? data : data.slice().buffer
    this.onmessage?.({ data: copy } as never)
  }

  drop(code = 1006): void {
    this.onclose?.({ code } as never)
  }

  /** What the client sent of one kind. */
  kind<K extends ToHub["case"]>(kind: K): Extract<ToHub, { case: K }>["value"][] {
    return this.sent.flatMap((message) => (message.case === kind ? [message.value as never] : []))
  }
}

const scope = new Uint8Array(16).fill(5)
export const welcomeValue = {
  version: 1,
  scope,
  payloadBytesMax: 1000,
  topicsMax: 100,
  feedsMax: 4,
  publicationsMax: 8,
  publicationBytesMax: 4000,
  messageBytesMax: 100_000,
  retentionMs: 86_400_000,
  heartbeatMs: 1000,
  silenceMs: 3000,
}

/** A client of the hub, with the sockets that it opens, on virtual time. */
export class ClientUnderTest {
  readonly clock = new VirtualClock()
  readonly sockets: FakeSocket[] = []
  readonly statuses: DeliveryStatus[] = []
  readonly open: OpenDelivery
  readonly service: DeliveryService
  #drawn = 0

  constructor(options: HubOptions = {}) {
    const sockets = this.sockets
    class Socket extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        sockets.push(this)
      }
    }
    this.open = hub("ws://hub.test:1", { webSocket: Socket, ...options })
    this.service = this.open({ clock: this.clock, random: (bytes) => this.random(bytes) })
    this.service.status((status) => this.statuses.push(status))
  }

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket
  }

  get status(): DeliveryStatus {
    return this.statuses.at(-1) as DeliveryStatus
  }

  /** Connects the newest socket. */
  greet(welcome: Partial<typeof welcomeValue> = {}): FakeSocket {
    this.socket.open()
    this.socket.receive({ case: "welcome", value: { ...welcomeValue, ...welcome } })
    return this.socket
  }

  /** Lets the client come back after a lost connection. */
  reconnect(): FakeSocket {
    const before = this.sockets.length
    while (this.sockets.length === before) this.clock.advance(1000)
    return this.greet()
  }

  random(bytes: number): Uint8Array {
    return new Uint8Array(bytes).map(() => (this.#drawn = (this.#drawn * 1_103_515_245 + 12_345) % 2 ** 31) & 255)
  }

  publication(text: string, topic = "/test/1/a/raw"): Publication {
    return { id: this.random(16), topic: topic as Topic, payload: utf8(text) }
  }
}

/** Lets everything that is only waiting for promises happen. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** What became of a promise so far. */
export function watch(promise: Promise<unknown>): { state: string } {
  const watched = { state: "pending" }
  promise.then(
    () => (watched.state = "resolved"),
    (error: { code?: string }) => (watched.state = error.code ?? String(error)),
  )
  return watched
}

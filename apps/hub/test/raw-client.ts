import { once } from "node:events"
import {
  encodeToHub,
  decodeFromHub,
  type FromHub,
  hubSubprotocol,
  type ToHubInit,
} from "@colloquy/delivery-hub/protocol"
import { onTestFinished } from "vitest"
import { WebSocket } from "ws"
import { type HubOptions, type RunningHub, startHub } from "../src/index.js"
import { folderOfThisTest } from "./environment.js"

/** A hub that lives as long as its test. */
export async function hubOfThisTest(options: Partial<HubOptions> = {}): Promise<RunningHub> {
  const running = await startHub({ port: 0, dataDir: folderOfThisTest(), ...options })
  onTestFinished(() => running.close())
  return running
}

/** A WebSocket that sends what it is told to, whether the protocol allows it or not. */
export class RawClient {
  readonly socket: WebSocket
  readonly received: FromHub[] = []
  #wake = (): void => undefined
  #closed: { readonly code: number; readonly reason: string } | undefined

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on("message", (data: Buffer) => {
      const read = decodeFromHub(data)
      if ("refused" in read) throw new Error(`the hub sent ${read.refused}`)
      this.received.push(read.message)
      this.#wake()
    })
    socket.on("close", (code, reason) => {
      this.#closed = { code, reason: reason.toString() }
      this.#wake()
    })
    socket.on("error", () => undefined)
  }

  static async connect(url: string): Promise<RawClient> {
    const socket = new WebSocket(url, [hubSubprotocol])
    const client = new RawClient(socket)
    onTestFinished(() => socket.terminate())
    await once(socket, "open")
    return client
  }

  static async greeted(url: string): Promise<RawClient> {
    const client = await RawClient.connect(url)
    client.send({ case: "hello", value: { versions: [1] } })
    await client.next("welcome")
    return client
  }

  send(message: ToHubInit): void {
    this.socket.send(encodeToHub(message))
  }

  /** Takes the first message of this kind out of what came, or waits for it. */
  async next<K extends FromHub["case"]>(kind: K): Promise<Extract<FromHub, { case: K }>["value"]> {
    for (;;) {
      const index = this.received.findIndex((message) => message.case === kind)
      const [found] = index < 0 ? [] : this.received.splice(index, 1)
      if (found !== undefined) return found.value as never
      if (this.#closed !== undefined) throw new Error(`closed with ${this.#closed.code} instead of ${kind}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.#closed === undefined) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#closed
  }
}

/** Fails when the hub does not serve a client that keeps to the protocol. */
export async function expectServed(url: string): Promise<void> {
  const client = await RawClient.greeted(url)
  const topic = "/served/1/a/raw"
  client.send({ case: "openFeed", value: { feed: 1 } })
  client.send({ case: "follow", value: { request: 1, feed: 1, topics: [{ topic }] } })
  client.send({ case: "pull", value: { feed: 1, batches: 2 } })
  await client.next("batch")
  const id = crypto.getRandomValues(new Uint8Array(16))
  client.send({ case: "publish", value: { publications: [{ id, topic, payload: id }] } })
  const { payloads } = await client.next("batch")
  if (!Buffer.from(payloads[0]?.payload ?? []).equals(id)) throw new Error("the hub delivered something else")
  client.socket.close()
  await client.closed()
}

/** Waits for what comes by itself. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

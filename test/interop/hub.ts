import { once } from "node:events"
import WebSocket from "ws"
import { hex, join, random } from "./bytes.js"
import type { Sealed } from "./inbox.js"
import { all, bytesOf, field, numberField, numberOf, read, varint } from "./protobuf.js"

/** hub.md and envelope.md: one connection, one feed, no reconnecting. */
export class HubConnection {
  readonly #socket: WebSocket
  readonly #stored = new Map<string, (proof: number) => void>()
  readonly #onPayload: (sealed: Sealed) => void

  private constructor(socket: WebSocket, onPayload: (sealed: Sealed) => void) {
    this.#socket = socket
    this.#onPayload = onPayload
  }

  static async open(url: string, topic: string, onPayload: (sealed: Sealed) => void): Promise<HubConnection> {
    const socket = new WebSocket(url, "colloquy.hub.v1", { perMessageDeflate: false })
    await once(socket, "open")
    const connection = new HubConnection(socket, onPayload)
    const isFollowing = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        for (const [kind, body] of read(new Uint8Array(data)))
          if (kind === 1) connection.#follow(topic)
          else if (kind === 4) resolve()
          else connection.#take(kind, body as Uint8Array)
      })
    })
    socket.send(field(1, field(1, varint(1))))
    await isFollowing
    return connection
  }

  /** The proof with which the hub took it: 1 for stored. */
  async publish(topic: string, { hint, payload }: Sealed): Promise<number> {
    const id = random(16)
    const answer = new Promise<number>((resolve) => this.#stored.set(hex(id), resolve))
    const envelope = join(field(1, hint), field(2, payload))
    this.#socket.send(field(2, field(1, join(field(1, id), field(2, topic), field(3, envelope)))))
    return answer
  }

  close(): void {
    this.#socket.close()
  }

  #follow(topic: string): void {
    this.#socket.send(field(3, numberField(1, 1)))
    this.#socket.send(field(4, join(numberField(1, 1), numberField(2, 1), field(3, field(1, topic)))))
    this.#pull()
  }

  #pull(): void {
    this.#socket.send(field(6, join(numberField(1, 1), numberField(2, 1))))
  }

  #take(kind: number, body: Uint8Array): void {
    const message = read(body)
    if (kind === 8) this.#socket.send(field(9, "", true))
    if (kind === 2) for (const id of all(message, 1)) this.#stored.get(hex(id))?.(numberOf(message, 2))
    if (kind !== 6) return
    for (const payload of all(message, 3)) {
      const envelope = read(bytesOf(read(payload), 2))
      this.#onPayload({ hint: bytesOf(envelope, 1), payload: bytesOf(envelope, 2) })
    }
    this.#pull()
  }
}

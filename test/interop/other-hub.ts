import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { systemClock } from "colloquy"
import { hub } from "colloquy/node"
import { type WebSocket, WebSocketServer } from "ws"
import { join, random } from "./bytes.js"
import { fromHub, makeWelcome, proofs, subprotocol, toHub, type Welcome } from "./hub.js"
import { bytesOf, field, type Fields, numberField, numberOf, read } from "./protobuf.js"

/** A hub of the other program's: it answers each of our client's messages with what a test says. */
export class OtherHub {
  readonly server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    perMessageDeflate: false,
    handleProtocols: () => subprotocol,
  })
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly came: (readonly [kind: number, body: Fields])[] = []
  answer: (kind: number, body: Fields, reply: (kind: number, body?: Uint8Array) => void, socket: WebSocket) => void

  constructor(welcome: Welcome = {}) {
    this.answer = (kind, body, reply) => {
      if (kind === toHub.hello) reply(fromHub.welcome, makeWelcome(welcome))
      if (kind === toHub.publish)
        reply(fromHub.published, join(field(1, bytesOf(read(bytesOf(body, 1)), 1)), numberField(2, proofs.stored)))
      if (kind === toHub.follow)
        reply(fromHub.requestDone, join(numberField(1, numberOf(body, 1)), field(2, Uint8Array.of(1))))
    }
    this.closed = once(this.server, "connection").then(async ([socket]) => {
      ;(socket as WebSocket).on("message", (data: Buffer) => {
        for (const [kind, body] of read(new Uint8Array(data))) {
          const fields = read(body as Uint8Array)
          this.came.push([kind, fields])
          const reply = (number: number, message: Uint8Array = new Uint8Array(0)): void =>
            (socket as WebSocket).send(field(number, message, true))
          this.answer(kind, fields, reply, socket as WebSocket)
        }
      })
      const [code, reason] = await once(socket as WebSocket, "close")
      return { code: code as number, reason: String(reason) }
    })
  }

  /** A client of ours for it. */
  async connect() {
    if (this.server.address() === null) await once(this.server, "listening")
    const { port } = this.server.address() as AddressInfo
    return hub(`ws://127.0.0.1:${port}`)({ clock: systemClock, random })
  }

  async stop(): Promise<void> {
    for (const client of this.server.clients) client.terminate()
    this.server.close()
    await once(this.server, "close")
  }
}

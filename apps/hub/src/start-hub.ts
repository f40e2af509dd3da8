import { createServer, type Server } from "node:http"
import { ColloquyError } from "@colloquy/core"
import { hubSubprotocol } from "@colloquy/delivery-hub/protocol"
import { WebSocketServer } from "ws"
import { Connection } from "./connection.js"
import { Hub, type HubStats } from "./hub.js"
import { closeTimeoutMs, type HubOptions, type HubSettings, settingsOf } from "./limits.js"
import { Store } from "./store.js"

export interface RunningHub {
  readonly url: string
  stats(): HubStats
  /** Acknowledges what is durable, closes connections with `HUB_CLOSING`, gives up the data. A second call does nothing. */
  close(): Promise<void>
}

/**
 * Starts a hub: a durable store-and-forward server that speaks specs/hub.md over WebSocket. Fails with `HUB_PORT_IN_USE`, `HUB_ADDRESS_REFUSED`,
 * `HUB_DATA_IN_USE`, `HUB_DATA_NOT_WRITABLE`, `HUB_DATA_DAMAGED`, `HUB_DATA_VERSION`, `HUB_BAD_OPTION`.
 * Whoever can connect may publish, and read any topic: the hub knows no accounts and needs no trust.
 */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const settings = settingsOf(options)
  const store = Store.open(settings.dataDir)
  const hub = new Hub(settings, store)
  const server = serve(hub)
  let port: number
  try {
    port = await listen(server, settings)
  } catch (error) {
    store.close()
    throw error
  }
  hub.applyRetention()
  const timers = [
    setInterval(() => hub.applyRetention(), settings.retentionCheckMs),
    setInterval(() => checkSilence(hub), Math.max(5, Math.floor(settings.heartbeatMs / 4))),
  ]
  settings.logger.log("info", "hub.started", { port })
  const host = settings.host.includes(":") ? `[${settings.host}]` : settings.host
  let closing: Promise<void> | undefined
  return {
    url: `ws://${host}:${port}`,
    stats: () => hub.stats(),
    close: () => (closing ??= close(hub, server, store, timers)),
  }
}

function serve(hub: Hub): Server {
  const { settings } = hub
  const server = createServer((_, response) => response.writeHead(426, { Upgrade: "websocket" }).end())
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: settings.messageBytesMax,
    handleProtocols: () => hubSubprotocol,
  })
  server.headersTimeout = 10_000
  server.requestTimeout = 10_000
  server.maxConnections = settings.connectionsMax + 64
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => undefined)
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim())
    if (!offered.includes(hubSubprotocol))
      return void socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    if (hub.connections.size >= settings.connectionsMax)
      return void socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n")
    sockets.handleUpgrade(request, socket, head, (webSocket) => hub.connections.add(new Connection(hub, webSocket)))
  })
  return server
}

function listen(server: Server, { host, port }: HubSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const [code, message] =
        error.code === "EADDRINUSE"
          ? (["HUB_PORT_IN_USE", "the port is in use"] as const)
          : (["HUB_ADDRESS_REFUSED", "the hub can't listen at this address"] as const)
      reject(new ColloquyError(code, message, { retry: "later", cause: error, fields: { port } }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : port)
    })
  })
}

function checkSilence(hub: Hub): void {
  const nowMs = Math.floor(performance.now())
  for (const connection of hub.connections) connection.checkSilence(nowMs)
}

async function close(hub: Hub, server: Server, store: Store, timers: readonly NodeJS.Timeout[]): Promise<void> {
  for (const timer of timers) clearInterval(timer)
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
  hub.commit()
  for (const connection of [...hub.connections]) connection.close("HUB_CLOSING")
  hub.end()
  // Connections that never became WebSockets.
  const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
  await stopped
  clearTimeout(timer)
  store.close()
  hub.settings.logger.log("info", "hub.stopped")
}

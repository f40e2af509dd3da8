import type { Clock, DeliveryStatus } from "@colloquy/core"
import type { HubSettings } from "./options.js"
import {
  closeCodes,
  closeReason,
  decodeFromHub,
  encodeToHub,
  type FromHub,
  type HubCloseReason,
  hubProtocolVersion,
  hubSubprotocol,
  type HubWelcome,
  type ToHubInit,
} from "./protocol/index.js"
import type { WebSocketLike } from "./web-socket.js"

/** A connection that stayed up for so long starts the backoff anew, even when the hub refused it in the end. */
const steadyMs = 30_000
const closeTimeoutMs = 1000

export interface LinkEnd {
  /** The hub greeted: everything has to be asked for again. */
  up(welcome: HubWelcome): void
  /** Returns what is wrong with a message at this time, to close with. */
  received(message: FromHub): HubCloseReason | undefined
  /** `wasUp`: the connection had been up; otherwise an attempt has failed. */
  lost(wasUp: boolean): void
  changed(status: DeliveryStatus): void
}

type DownCode = "DELIVERY_UNREACHABLE" | "DELIVERY_SILENT" | "DELIVERY_REFUSED"

/**
 * One WebSocket after the other to the same hub. Asks a hub that is silent, gives up one that stays so, and tries again after a wait that
 * doubles with each failure and is drawn at random from its upper half, so that the clients of a hub don't come back all at once.
 */
export class Link {
  readonly #settings: HubSettings
  readonly #clock: Clock
  readonly #random: (bytes: number) => Uint8Array
  readonly #end: LinkEnd
  #status: DeliveryStatus = { state: "connecting" }
  #socket: WebSocketLike | undefined
  #isUp = false
  #isOpen = false
  #isClosed = false
  #failures = 0
  #heardAtMs = 0
  #askedAtMs = 0
  #upSinceMs = 0
  #cancelTimer = (): void => undefined

  constructor(
    settings: HubSettings,
    environment: { readonly clock: Clock; readonly random: (bytes: number) => Uint8Array },
    end: LinkEnd,
  ) {
    this.#settings = settings
    this.#clock = environment.clock
    this.#random = environment.random
    this.#end = end
  }

  get status(): DeliveryStatus {
    return this.#status
  }

  get isUp(): boolean {
    return this.#isUp
  }

  connect(): void {
    this.#change({ state: "connecting" })
    if (this.#isClosed) return
    let socket: WebSocketLike
    try {
      socket = new this.#settings.webSocket(this.#settings.url, [hubSubprotocol])
    } catch {
      return this.#lose("DELIVERY_UNREACHABLE")
    }
    this.#socket = socket
    this.#isOpen = false
    socket.binaryType = "arraybuffer"
    socket.onopen = () => {
      this.#isOpen = true
      this.#write({ case: "hello", value: { versions: [hubProtocolVersion] } })
    }
    socket.onmessage = (event: { readonly data: unknown }) => this.#received(event.data)
    socket.onclose = (event: { readonly code: number }) => this.#lose(codeOfClose(event.code))
    // A close event follows each error.
    socket.onerror = () => undefined
    this.#after(this.#settings.connectTimeoutMs, () =>
      this.#lose(this.#isOpen ? "DELIVERY_SILENT" : "DELIVERY_UNREACHABLE"),
    )
  }

  /** Sends while it is up; drops it otherwise, since everything is asked for again after the greeting. */
  send(message: ToHubInit): void {
    if (this.#isUp) this.#write(message)
  }

  /** Resolves when the socket is closed, or after a second. */
  close(): Promise<void> {
    const socket = this.#socket
    this.#isClosed = true
    this.#isUp = false
    this.#cancelTimer()
    this.#socket = undefined
    this.#change({ state: "down", code: "DELIVERY_CLOSED" })
    if (socket === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#clock.after(closeTimeoutMs, () => {
        abandon(socket)
        resolve()
      })
      socket.onmessage = null
      socket.onopen = null
      socket.onclose = () => {
        cancel()
        resolve()
      }
      socket.close(1000)
    })
  }

  #received(data: unknown): void {
    this.#heardAtMs = this.#clock.nowMs()
    const read =
      data instanceof ArrayBuffer ? decodeFromHub(new Uint8Array(data)) : { refused: "HUB_MALFORMED" as const }
    const problem = "refused" in read ? read.refused : this.#handle(read.message)
    if (problem !== undefined) this.#lose("DELIVERY_REFUSED", problem)
  }

  #handle(message: FromHub): HubCloseReason | undefined {
    if (message.case === "welcome") return this.#greeted(message.value)
    if (!this.#isUp) return "HUB_WRONG_ORDER"
    if (message.case === "ping") this.#write({ case: "pong", value: {} })
    return message.case === "ping" || message.case === "pong" ? undefined : this.#end.received(message)
  }

  #greeted(welcome: HubWelcome): HubCloseReason | undefined {
    if (this.#isUp) return "HUB_WRONG_ORDER"
    if (welcome.version !== hubProtocolVersion) return "HUB_VERSION"
    this.#isUp = true
    this.#upSinceMs = this.#clock.nowMs()
    this.#askedAtMs = 0
    this.#watch(welcome)
    this.#end.up(welcome)
    this.#change({ state: "up" })
    return undefined
  }

  #watch(welcome: HubWelcome): void {
    this.#after(Math.ceil(welcome.heartbeatMs / 2), () => {
      const nowMs = this.#clock.nowMs()
      if (nowMs - this.#heardAtMs >= welcome.silenceMs) return this.#lose("DELIVERY_SILENT", "HUB_SILENT")
      if (nowMs - Math.max(this.#heardAtMs, this.#askedAtMs) >= welcome.heartbeatMs) {
        this.#askedAtMs = nowMs
        this.#write({ case: "ping", value: {} })
      }
      this.#watch(welcome)
    })
  }

  #lose(code: DownCode, reason?: HubCloseReason): void {
    if (this.#isClosed) return
    const wasUp = this.#isUp
    const nowMs = this.#clock.nowMs()
    this.#isUp = false
    this.#cancelTimer()
    if (this.#socket !== undefined) this.#drop(this.#socket, reason)
    this.#socket = undefined
    if (wasUp && (code !== "DELIVERY_REFUSED" || nowMs - this.#upSinceMs >= steadyMs)) this.#failures = 0
    const delayMs = this.#delayMs(this.#failures++)
    this.#after(delayMs, () => this.connect())
    this.#status = { state: "down", code, retryAtMs: nowMs + delayMs }
    this.#end.lost(wasUp)
    this.#end.changed(this.#status)
  }

  /** Nothing of this socket is heard any more. */
  #drop(socket: WebSocketLike, reason: HubCloseReason | undefined): void {
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
    socket.onerror = () => undefined
    if (reason === undefined || reason === "HUB_SILENT") return abandon(socket)
    socket.close(closeCodes[reason], reason)
    // A hub that sent something bad need not answer the close either.
    this.#clock.after(closeTimeoutMs, () => abandon(socket))
  }

  #delayMs(failures: number): number {
    const { backoffMs, backoffMsMax } = this.#settings
    const longest = Math.min(backoffMsMax, backoffMs * 2 ** Math.min(failures, 30))
    const [high = 0, low = 0] = this.#random(2)
    return Math.ceil((longest / 2) * (1 + (high * 256 + low) / 65_536))
  }

  #write(message: ToHubInit): void {
    try {
      // The encoder makes buffers of its own, never shared ones.
      this.#socket?.send(encodeToHub(message) as Uint8Array<ArrayBuffer>)
    } catch {
      // A socket that is closing says so with its close event.
    }
  }

  #after(delayMs: number, callback: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#clock.after(delayMs, callback)
  }

  #change(status: DeliveryStatus): void {
    this.#status = status
    this.#end.changed(status)
  }
}

function codeOfClose(code: number): DownCode {
  const reason = closeReason(code)
  if (reason === "HUB_SILENT") return "DELIVERY_SILENT"
  if (reason !== undefined) return reason === "HUB_CLOSING" ? "DELIVERY_UNREACHABLE" : "DELIVERY_REFUSED"
  // Protocol error, bad data, policy, too large: RFC 6455, section 7.4.1.
  return code === 1002 || code === 1003 || (code >= 1007 && code <= 1009) ? "DELIVERY_REFUSED" : "DELIVERY_UNREACHABLE"
}

function abandon(socket: WebSocketLike): void {
  if (socket.terminate === undefined) socket.close()
  else socket.terminate()
}

import type { WebSocketConstructor } from "./web-socket.js"

export interface HubOptions {
  /** The platform's own unless told. */
  readonly webSocket?: WebSocketConstructor
  /** Publications that may wait for their acknowledgement, and their payloads' bytes: 4,096 and 32 MiB unless told. */
  readonly pendingMax?: number
  readonly pendingBytesMax?: number
  /** How long a hub may take to greet: 10 seconds unless told. */
  readonly connectTimeoutMs?: number
  /** The wait before the first attempt to reconnect, at most, which doubles up to the longest one: 200 ms and 15 seconds unless told. */
  readonly backoffMs?: number
  readonly backoffMsMax?: number
}

export interface HubSettings extends Required<HubOptions> {
  readonly url: string
}

export function settingsOf(url: string, webSocket: WebSocketConstructor, options: HubOptions): HubSettings {
  return {
    url,
    webSocket,
    pendingMax: options.pendingMax ?? 4096,
    pendingBytesMax: options.pendingBytesMax ?? 32 * 1024 * 1024,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    backoffMs: options.backoffMs ?? 200,
    backoffMsMax: options.backoffMsMax ?? 15_000,
  }
}

/** What the client uses of a WebSocket: the browser's own, or the one of the package `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  /** Where there is one: ends the connection without waiting for the other side. */
  terminate?(): void
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/** The one that the platform has; Node 20 has none. */
export function platformWebSocket(): WebSocketConstructor | undefined {
  return (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
}

import type { OpenDelivery } from "@colloquy/core"
import { hub as hubOver } from "@colloquy/delivery-hub"
import { WebSocket } from "ws"

export { sqlite } from "@colloquy/storage-sqlite"

/** A hub's delivery service over WebSocket, such as `ws://127.0.0.1:4280`. Throws `DELIVERY_BAD_ADDRESS`. */
export function hub(url: string): OpenDelivery {
  return hubOver(url, { webSocket: WebSocket })
}

import type { OpenDelivery } from "@colloquy/core"
import { hub as hubOver } from "@colloquy/delivery-hub"
import { WebSocket } from "ws"

/** For `Client.open({ crypto })`: twice as fast where it matters, and `undefined` where the addon does not load. */
export { loadNativeCrypto } from "@colloquy/crypto/native"
export { sqlite } from "@colloquy/storage-sqlite"

/** A hub's delivery service over WebSocket, such as `ws://127.0.0.1:4280`. Throws `DELIVERY_BAD_ADDRESS`. */
export function hub(url: string): OpenDelivery {
  return hubOver(url, { webSocket: WebSocket })
}

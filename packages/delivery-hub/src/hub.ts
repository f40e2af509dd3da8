import { ColloquyError, type OpenDelivery } from "@colloquy/core"
import { HubService } from "./hub-service.js"
import { type HubOptions, settingsOf } from "./options.js"
import { platformWebSocket } from "./web-socket.js"

/**
 * Delivery through a hub (specs/hub.md) at a `ws:` or `wss:` URL. The hub learns topics, sizes, times and the client's address, and nothing else.
 * Throws `DELIVERY_BAD_ADDRESS`, and `DELIVERY_NO_WEBSOCKET` where the platform has none and none was given.
 */
export function hub(url: string, options: HubOptions = {}): OpenDelivery {
  if (!isWebSocketUrl(url))
    throw new ColloquyError("DELIVERY_BAD_ADDRESS", "a hub's address is a URL that begins with ws:// or wss://")
  const webSocket = options.webSocket ?? platformWebSocket()
  if (webSocket === undefined)
    throw new ColloquyError("DELIVERY_NO_WEBSOCKET", "this platform has no WebSocket of its own: pass one")
  const settings = settingsOf(url, webSocket, options)
  return (environment) => new HubService(settings, environment)
}

function isWebSocketUrl(text: string): boolean {
  try {
    const { protocol, hash } = new URL(text)
    return (protocol === "ws:" || protocol === "wss:") && hash === ""
  } catch {
    return false
  }
}

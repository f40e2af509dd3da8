export { hub } from "./hub.js"
export type { HubOptions } from "./options.js"
export type { WebSocketConstructor, WebSocketLike } from "./web-socket.js"

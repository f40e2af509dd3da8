export { type RunningHub, startHub } from "./start-hub.js"
export type { HubErrorCode, HubOptions } from "./limits.js"
export type { HubStats } from "./hub.js"
export { type LoggedPayload, readLog } from "./read-log.js"

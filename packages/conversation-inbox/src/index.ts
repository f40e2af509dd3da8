export { inboxConversationId } from "./handshake.js"
export { InboxV1 } from "./inbox-v1.js"

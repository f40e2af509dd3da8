export type { BackupUnlock } from "./backup/backup-unlock.js"
export type { Imported, ImportOptions } from "./backup/import-backup.js"
export { Client, type ClientOptions, type ListOptions } from "./client.js"
export { Conversation, type TypedConversation } from "./conversations/conversation.js"
export type { ConversationDetails } from "./conversations/details.js"
export { SentMessage } from "./conversations/sent-message.js"
export type { StartOptions } from "./conversations/start.js"
export type {
  ClientEvent,
  ConsentEvent,
  ConversationEvent,
  DeletedEvent,
  GapEvent,
  MessageEvent,
  NoticeEvent,
  RemovedEvent,
  StateEvent,
  UndeliveredEvent,
  UnknownEvent,
} from "./events/event.js"
export type { EventOptions } from "./events/read-events.js"
export type { Message, Page } from "./messages/message.js"
export type { MessageState } from "./messages/message-record.js"
export { storeFormat } from "./store/migrations.js"
export type { StorageReport, Usage } from "./store/report.js"

import type { Client as ClientClass } from "@colloquy/client"
import { importClient } from "./import-client.js"
import { openClient } from "./open-client.js"

export type Client = ClientClass
/** `Client.open` opens an account's client: see {@link openClient}. `Client.import` fills a new store with a backup: see {@link importClient}. */
export const Client = { open: openClient, import: importClient } as const

export type { ImportOptions } from "./import-client.js"
export { builtInTypes, type OpenOptions } from "./open-client.js"
export { systemClock } from "./system-clock.js"
export type {
  ClientEvent,
  Conversation,
  ConversationDetails,
  EventOptions,
  Imported,
  Message,
  MessageState,
  Page,
  SentMessage,
  StartOptions,
  TypedConversation,
} from "@colloquy/client"
export { type Content, contentCodec, text } from "@colloquy/content"
export { InboxV1 } from "@colloquy/conversation-inbox"
export { PrivateV1 } from "@colloquy/conversation-private"
export {
  type AnyConversationType,
  codeOf,
  ColloquyError,
  type ConversationId,
  type DeliveryStatus,
  defineConversationType,
  memoryDelivery,
  memoryStorage,
  type MessageId,
  type Participant,
} from "@colloquy/core"
export { passphrase, rawKey, type Unlock } from "@colloquy/storage-sealed"

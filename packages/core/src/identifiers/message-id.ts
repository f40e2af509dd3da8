import type { Brand } from "../brand.js"
import { fromHex, toHex } from "../bytes.js"
import { ColloquyError } from "../errors.js"

/** A message, named alike by every participant: 16 bytes as 32 lower-case hexadecimal digits. */
export type MessageId = Brand<string, "MessageId">

export const messageIdBytes = 16

/** Throws `BAD_MESSAGE_ID` unless there are 16 bytes. */
export function messageIdFromBytes(bytes: Uint8Array): MessageId {
  if (bytes.length !== messageIdBytes)
    throw new ColloquyError("BAD_MESSAGE_ID", `a message id has ${messageIdBytes} bytes, this one has ${bytes.length}`)
  return toHex(bytes) as MessageId
}

/** The 16 bytes, in a new buffer. */
export function messageIdToBytes(id: MessageId): Uint8Array {
  const bytes = fromHex(id)
  if (bytes?.length !== messageIdBytes)
    throw new ColloquyError("BAD_MESSAGE_ID", "a message id is 32 lower-case hexadecimal digits")
  return bytes
}

/** Throws `BAD_MESSAGE_ID` unless the text is 32 lower-case hexadecimal digits. */
export function parseMessageId(text: string): MessageId {
  messageIdToBytes(text as MessageId)
  return text as MessageId
}

import {
  concat,
  type ConversationId,
  conversationIdBytes,
  type Crypto,
  le32,
  le64,
  lengthPrefixed,
  type MessageId,
  messageIdFromBytes,
  type Participant,
  participantKey,
  utf8,
} from "@colloquy/core"

const label = utf8("colloquy/sds-id/1")

/**
 * The id that every participant gives to a message:
 * `BLAKE2b-128("colloquy/sds-id/1" ‖ LP(conversation id) ‖ LP(identity key of the sender) ‖ LE64(sequence) ‖ LE32(segment))`.
 * A resend keeps it, so that the same message twice is one message. `segment` is 0 for a message that is whole.
 */
export function sdsMessageId(
  crypto: Crypto,
  conversation: ConversationId,
  sender: Participant,
  sequence: number,
  segment = 0,
): MessageId {
  const names = lengthPrefixed(conversationIdBytes(conversation), participantKey(sender))
  return messageIdFromBytes(crypto.hash(concat(label, names, le64(sequence), le32(segment)), 16))
}

export type { Brand, MaybePromise } from "./brand.js"
export {
  assertLength,
  be64,
  compareBytes,
  concat,
  empty,
  equalBytes,
  fromBase64url,
  fromBe64,
  fromHex,
  fromUtf8,
  le32,
  le64,
  lengthPrefixed,
  toBase64url,
  toHex,
  utf8,
} from "./bytes.js"
export { codeOf, ColloquyError, type ErrorDetails, type Retry } from "./errors.js"
export {
  agreementKeyBytes,
  type Crypto,
  kemCiphertextBytes,
  kemPublicKeyBytes,
  type KeyPair,
  type PasswordCost,
  signatureBytes,
  signingPublicKeyBytes,
  tagBytes,
} from "./crypto.js"
export type { Clock } from "./environment/clock.js"
export { type Logger, silentLogger } from "./environment/logger.js"
export { type Participant, participantFromKey, participantKey, parseParticipant } from "./identifiers/participant.js"
export {
  type MessageId,
  messageIdBytes,
  messageIdFromBytes,
  messageIdToBytes,
  parseMessageId,
} from "./identifiers/message-id.js"
export { parseTypeId, printTypeId, resolveTypeName, type TypeId, type TypeName } from "./identifiers/type-id.js"
export {
  type ConversationId,
  conversationIdBytes,
  type ConversationIdPolicy,
  type IdMaterial,
  idsAtRandom,
  idsFromParticipants,
  idsFromSecret,
  type ParsedConversationId,
  parseConversationId,
} from "./identifiers/conversation-id.js"
export { parseTopic, printTopic, type Topic, topicLengthMax, type TopicParts } from "./topics/topic.js"
export {
  type BucketTopics,
  bucketTopics,
  inboxTopics,
  type Linkability,
  type SecretTopics,
  secretTopics,
  staticTopics,
  type TopicPolicy,
} from "./topics/topic-policy.js"
export {
  type DecodedFrame,
  type FrameField,
  type FrameNode,
  type FrameRefusal,
  type FrameTree,
  walkFrames,
} from "./frames/frame-tree.js"
export { protobufFrames, type ProtobufFramesOptions } from "./frames/protobuf-frames.js"
export {
  type DecodedEnvelope,
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  envelopeBytesMax,
  type EnvelopeRefusal,
  hasHint,
  hintBytes,
  hintStart,
  payloadStart,
} from "./envelope/envelope.js"
export {
  bytesCodec,
  type Cell,
  cell,
  type Codec,
  type Initial,
  type Patch,
  type Shape,
  type State,
  type Table,
  table,
} from "./machine/state.js"
export { stateDamaged, StateReader } from "./machine/state-reader.js"
export type { CarriageOffer, Parcel, ParcelKind } from "./machine/parcel.js"
export type {
  BeginEffect,
  CancelInput,
  CarryEffect,
  CarryInput,
  CommandInput,
  Consent,
  Context,
  ConversationContext,
  DeliverEffect,
  Effect,
  FateEffect,
  HandoverEffect,
  Hint,
  Input,
  IntroduceEffect,
  IntroducedInput,
  IntroductionInput,
  InviteInput,
  Later,
  ListenEffect,
  Machine,
  Next,
  NoticeEffect,
  OfferedEffect,
  OfferInput,
  Outcome,
  ParcelInput,
  Peer,
  PublishEffect,
  ReadIntroduction,
  ReceiveInput,
  Refused,
  Resident,
  ResidentEffect,
  ResidentInput,
  Route,
  Said,
  Self,
  SendInput,
  SentEffect,
  Start,
  StartContext,
  Started,
  UnknownFrameEffect,
  View,
  Vocabulary,
  WakeInput,
} from "./machine/machine.js"
export type {
  AnyConversationType,
  ConversationType,
  StatefulMachine,
  StatefulResident,
} from "./definition/conversation-type.js"
export type { Declaration, Encryption, Membership, SpecificationReference } from "./definition/declaration.js"
export type { Constant, Constants, DocumentFacts } from "./definition/document-facts.js"
export { defineConversationType, type Definition } from "./definition/define.js"
export { type Guarantee, type GuaranteeName, guaranteeNames } from "./definition/guarantees.js"
export { type Finding, type RequirementId, type RequirementLevel, requirements } from "./definition/requirements.js"
export { type MemoryStorage, memoryStorage, type MemoryStorageOptions } from "./storage/memory-storage.js"
export { checkBatch, checkKeys, checkRange, storageError } from "./storage/storage-checks.js"
export {
  type Entry,
  keyBytesMax,
  type OpenStorage,
  type Range,
  type Storage,
  type StorageErrorCode,
  valueBytesMax,
  type Write,
} from "./storage/storage.js"
export type {
  Batch,
  DeliveryErrorCode,
  DeliveryLimits,
  DeliveryService,
  DeliveryStatus,
  Feed,
  Following,
  OpenDelivery,
  Publication,
  Receipt,
  ReceivedPayload,
} from "./delivery/delivery-service.js"
export { type MemoryDelivery, memoryDelivery, type MemoryDeliveryOptions } from "./delivery/memory-delivery.js"
export type { MemoryLogEntry } from "./delivery/memory-delivery-log.js"

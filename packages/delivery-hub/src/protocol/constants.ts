/** The version of the protocol that this package speaks: specs/hub.md. */
export const hubProtocolVersion = 1

/** The WebSocket subprotocol that both sides have to name. */
export const hubSubprotocol = "colloquy.hub.v1"

export const publicationIdBytes = 16
export const scopeBytes = 16
export const cursorBytesMax = 256

/** What a client's first message may have at most; the hub's own limits hold after it. */
export const helloBytesMax = 1024

/** What a client reads at most in one message, whatever a hub says. */
export const messageBytesMax = 8 * 1024 * 1024

/** What a batch has at most in payloads, topics and gap topics together. */
export const batchElementsMax = 16_384

/** Batches that may be asked for and not yet sent, for each feed. */
export const creditMax = 16

/** Why one side ended the connection: WebSocket close codes, each with its literal name as the reason (HUB-8). */
export const closeCodes = {
  /** Bytes that are no message, or a field out of its range. */
  HUB_MALFORMED: 4000,
  /** No version in common. */
  HUB_VERSION: 4001,
  /** More feeds, requests or credit than the hub gives. */
  HUB_LIMIT: 4002,
  /** Nothing was heard for too long. */
  HUB_SILENT: 4003,
  /** The hub goes down in good order. */
  HUB_CLOSING: 4004,
  /** A message over the limit. */
  HUB_TOO_LARGE: 4005,
  /** A message kind that this version does not have. */
  HUB_UNKNOWN_KIND: 4006,
  /** A good message at a wrong time: before the greeting, twice, about a feed that is not open. */
  HUB_WRONG_ORDER: 4007,
} as const

export type HubCloseReason = keyof typeof closeCodes

/** The reason behind a WebSocket close code; `undefined` for one that is not the protocol's. */
export function closeReason(code: number): HubCloseReason | undefined {
  return (Object.keys(closeCodes) as HubCloseReason[]).find((reason) => closeCodes[reason] === code)
}

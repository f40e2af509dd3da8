import { ColloquyError, type Logger, silentLogger } from "@colloquy/core"
import { messageBytesMax } from "@colloquy/delivery-hub/protocol"

export interface HubOptions {
  /** 127.0.0.1 unless told: whoever reaches the hub can fill it, and see when which topics are used. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
  /** Made if missing. One hub at a time owns it. */
  readonly dataDir: string
  /** 153,600 unless told. */
  readonly payloadBytesMax?: number
  /** How long payloads are kept: 30 days unless told. */
  readonly retentionMs?: number
  /** How much is kept, each payload counted with 128 bytes more: 1 GiB unless told. */
  readonly retentionBytes?: number
  /** 1,000 unless told. */
  readonly connectionsMax?: number
  /** Of one connection: 10,000 topics over all its feeds, 16 feeds, 1,024 publications under way with 8 MiB, unless told. */
  readonly topicsMax?: number
  readonly feedsMax?: number
  readonly publicationsMax?: number
  readonly publicationBytesMax?: number
  /** What one connection is read at: 50,000 messages and 64 MiB a second, unless told. Faster ones are slowed down. */
  readonly messagesPerSecond?: number
  readonly bytesPerSecond?: number
  /** After this long without a word a side asks: 10 seconds unless told. */
  readonly heartbeatMs?: number
  /** After this long without a word a side closes: 30 seconds unless told. */
  readonly silenceMs?: number
  /** How often the retention is applied: every minute unless told. */
  readonly retentionCheckMs?: number
  readonly nowMs?: () => number
  /** Gets codes and numbers, never a topic, payload, id or address. */
  readonly logger?: Logger
}

export type HubSettings = Readonly<Required<HubOptions>> & {
  readonly messageBytesMax: number
  /** What waits in a connection's socket before nothing more is read from it or written to it. */
  readonly outgoingBytesMax: number
}

/** Why a hub does not start; `HUB_DATA_IN_USE` can pass. */
export type HubErrorCode =
  | "HUB_BAD_OPTION"
  | "HUB_PORT_IN_USE"
  | "HUB_ADDRESS_REFUSED"
  | "HUB_DATA_IN_USE"
  | "HUB_DATA_NOT_WRITABLE"
  | "HUB_DATA_DAMAGED"
  | "HUB_DATA_VERSION"

export const closeTimeoutMs = 1000
export const helloTimeoutMs = 10_000
export const batchPayloadsMax = 512
export const batchBytesMax = 256 * 1024
/** Ephemeral payloads that wait for a reader that is not there. */
export const ephemeralMax = 64
export const ephemeralBytesMax = 256 * 1024

/** Throws `HUB_BAD_OPTION`. */
export function settingsOf(options: HubOptions): HubSettings {
  const payloadBytesMax = whole("payloadBytesMax", options.payloadBytesMax ?? 150 * 1024, 1, messageBytesMax / 2)
  const topicsMax = whole("topicsMax", options.topicsMax ?? 10_000, 1, 20_000)
  const heartbeatMs = whole("heartbeatMs", options.heartbeatMs ?? 10_000, 10, 200_000)
  return {
    host: options.host ?? "127.0.0.1",
    port: whole("port", options.port, 0, 65_535),
    dataDir: options.dataDir,
    payloadBytesMax,
    retentionMs: whole("retentionMs", options.retentionMs ?? 30 * 86_400_000, 1, Number.MAX_SAFE_INTEGER),
    retentionBytes: whole("retentionBytes", options.retentionBytes ?? 1024 ** 3, 1, Number.MAX_SAFE_INTEGER),
    connectionsMax: whole("connectionsMax", options.connectionsMax ?? 1000, 1, 65_536),
    topicsMax,
    feedsMax: whole("feedsMax", options.feedsMax ?? 16, 1, 1024),
    publicationsMax: whole("publicationsMax", options.publicationsMax ?? 1024, 1, 16_384),
    publicationBytesMax: whole(
      "publicationBytesMax",
      Math.max(options.publicationBytesMax ?? 8 * 1024 * 1024, payloadBytesMax),
      1,
      2 ** 31,
    ),
    messagesPerSecond: whole("messagesPerSecond", options.messagesPerSecond ?? 50_000, 1, Number.MAX_SAFE_INTEGER),
    bytesPerSecond: whole("bytesPerSecond", options.bytesPerSecond ?? 64 * 1024 * 1024, 1, Number.MAX_SAFE_INTEGER),
    heartbeatMs,
    silenceMs: whole("silenceMs", options.silenceMs ?? 3 * heartbeatMs, 2 * heartbeatMs, 600_000),
    retentionCheckMs: whole("retentionCheckMs", options.retentionCheckMs ?? 60_000, 1, 2 ** 31 - 1),
    nowMs: options.nowMs ?? (() => Date.now()),
    logger: options.logger ?? silentLogger,
    messageBytesMax: Math.max(1024 * 1024, payloadBytesMax + 64 * 1024, topicsMax * 300),
    outgoingBytesMax: 1024 * 1024,
  }
}

function whole(name: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new ColloquyError("HUB_BAD_OPTION", `${name} is a whole number from ${min} to ${max}`, { fields: { name } })
  return value
}

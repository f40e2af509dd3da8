import { concat, type Crypto, le32, le64, lengthPrefixed, toHex, utf8 } from "@colloquy/core"

/**
 * ChannelV1's payloads once more, written from `examples/channel-v1.md` alone: what two implementations must agree on. Nothing here uses the code
 * under `src`.
 */
export interface EpochKeys {
  readonly conversation: string
  readonly epoch: number
  readonly first: number
  /** Of the number that is sealed or opened, 32 bytes. */
  readonly chain: Uint8Array
  readonly topic: string
  readonly maskKey: Uint8Array
}

export function idByHand(crypto: Crypto, root: Uint8Array, author: Uint8Array): string {
  const secret = crypto.hash(lengthPrefixed("example/ChannelV1/id", author), 32, root)
  const ident = crypto.hash(lengthPrefixed("colloquy/conversation-id/1", "ChannelV1", "secret"), 16, secret)
  return `/channel/1/${toHex(ident)}`
}

export function topicByHand(crypto: Crypto, place: Uint8Array): string {
  const digits = crypto.hash(lengthPrefixed("colloquy/topic-secret/1", "colloquy-example", "1", "channel"), 16, place)
  return `/colloquy-example/1/channel-${toHex(digits)}/raw`
}

export function maskKeyByHand(crypto: Crypto, place: Uint8Array): Uint8Array {
  return crypto.hash(utf8("example/ChannelV1/mask"), 32, place)
}

/** The chain so many numbers on. */
export function chainByHand(crypto: Crypto, chain: Uint8Array, steps: number): Uint8Array {
  let at = chain
  for (let i = 0; i < steps; i++) at = crypto.hash(utf8("next"), 32, at)
  return at
}

export function sealByHand(
  crypto: Crypto,
  keys: EpochKeys,
  post: {
    readonly number: number
    readonly nonce: Uint8Array
    readonly signingSeed: Uint8Array
    readonly frame: Uint8Array
    readonly length: number
  },
): Uint8Array {
  const { nonce, number, frame } = post
  const data = dataByHand(keys, number)
  const padded = new Uint8Array(post.length - 108)
  padded.set(frame)
  padded[frame.length] = 0x80
  const message = concat(lengthPrefixed("example/ChannelV1/signature", data), padded)
  const signature = crypto.sign(crypto.signingKeyPair(post.signingSeed).secretKey, message)
  const key = crypto.hash(utf8("key"), 32, keys.chain)
  const offset = xor(le32(number - keys.first), crypto.hash(nonce, 16, keys.maskKey).subarray(0, 4))
  return concat(nonce, offset, crypto.sealX(key, nonce, concat(signature, padded), data))
}

/** The frame, of a payload whose chain is right; `undefined` when it does not open or the signature is not the author's. */
export function openByHand(
  crypto: Crypto,
  keys: EpochKeys,
  verifyKey: Uint8Array,
  payload: Uint8Array,
): { readonly number: number; readonly frame: Uint8Array } | undefined {
  const nonce = payload.subarray(0, 24)
  const offset = xor(payload.slice(24, 28), crypto.hash(nonce, 16, keys.maskKey).subarray(0, 4))
  const number = keys.first + new DataView(offset.buffer).getUint32(0, true)
  const data = dataByHand(keys, number)
  const key = crypto.hash(utf8("key"), 32, keys.chain)
  const plaintext = crypto.openX(key, nonce, payload.subarray(28), data)
  if (plaintext === undefined) return undefined
  const padded = plaintext.subarray(64)
  const message = concat(lengthPrefixed("example/ChannelV1/signature", data), padded)
  if (!crypto.verify(verifyKey, message, plaintext.subarray(0, 64))) return undefined
  return { number, frame: padded.subarray(0, padded.lastIndexOf(0x80)) }
}

/** What is on a lane, under the chain of its number. */
export function openLaneByHand(
  crypto: Crypto,
  lane: {
    readonly conversation: string
    readonly topic: string
    readonly direction: "to reader" | "to author"
    readonly author: Uint8Array
    readonly reader: Uint8Array
    readonly number: number
    readonly chain: Uint8Array
  },
  payload: Uint8Array,
): { readonly hint: Uint8Array; readonly frame: Uint8Array } | undefined {
  const { conversation, topic, direction, author, reader, number, chain } = lane
  const data = lengthPrefixed("example/ChannelV1/lane", conversation, topic, direction, author, reader, le64(number))
  const key = crypto.hash(utf8("key"), 32, chain)
  const padded = crypto.openX(key, payload.subarray(0, 24), payload.subarray(24), data)
  if (padded === undefined) return undefined
  return { hint: crypto.hash(utf8("hint"), 16, chain), frame: padded.subarray(0, padded.lastIndexOf(0x80)) }
}

export function laneChainByHand(crypto: Crypto, lane: Uint8Array, direction: "to reader" | "to author"): Uint8Array {
  return crypto.hash(lengthPrefixed("example/ChannelV1/chain", direction), 32, lane)
}

function dataByHand({ conversation, topic, epoch }: EpochKeys, number: number): Uint8Array {
  return lengthPrefixed("example/ChannelV1/post", conversation, topic, le64(epoch), le64(number))
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number))
}

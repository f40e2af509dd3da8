import { concat, type Context, type ConversationId, signatureBytes, tagBytes } from "@colloquy/core"
import { type ChannelFrame, decodeFrame, encodeFrame, type PostFrame, postsPerEpochMax } from "./frames.js"
import { hasPostLength, pad, payloadBytesMax, unpad } from "./padding.js"
import { advance, maskKeyOf, postData, signedBytes, topicOf } from "./secrets.js"
import type { Current, Followed, Skipped } from "./state.js"

const nonceBytes = 24
const offsetBytes = 4
const headBytes = nonceBytes + offsetBytes
const around = headBytes + signatureBytes + tagBytes

/** CH1-13: so many keys of posts that were passed over are kept by one post, and the others' posts are given up. */
export const skippedPerPostMax = 256

/** CH1-18: a post of the longest kind, less what stands around its content. */
export const contentBytesMax: number = payloadBytesMax - around - 32

interface SealedPost {
  readonly payload: Uint8Array
  readonly current: Current
  readonly wipe: readonly Uint8Array[]
}

/** CH1-8, CH1-9: the author's next post; `undefined` for a frame that is too long. */
export function sealPost(
  context: Context,
  conversation: ConversationId,
  current: Current,
  frame: PostFrame,
): SealedPost | undefined {
  const { crypto } = context
  const encoded = encodeFrame(frame)
  const padded = pad(encoded, around)
  crypto.wipe(encoded)
  if (padded === undefined) return undefined
  const { epoch, first, next, chain, place, signingSeed } = current
  const data = postData(conversation, topicOf(crypto, place), epoch, next)
  const signing = crypto.signingKeyPair(signingSeed)
  const signature = crypto.sign(signing.secretKey, signedBytes(data, padded))
  const plaintext = concat(signature, padded)
  const link = advance(crypto, chain)
  const nonce = context.random(nonceBytes)
  const maskKey = maskKeyOf(crypto, place)
  const head = concat(nonce, masked(context, maskKey, nonce, next - first))
  const payload = concat(head, crypto.sealX(link.key, nonce, plaintext, data))
  crypto.wipe(signing.secretKey, padded, plaintext, link.key, maskKey)
  return { payload, current: { ...current, chain: link.chain, next: next + 1 }, wipe: [chain] }
}

interface OpenedPost {
  readonly kind: "opened"
  readonly number: number
  readonly frame: ChannelFrame
  readonly followed: Followed
  /** Keys of the numbers that this post passed over, by number. They are the caller's. */
  readonly skipped: ReadonlyMap<number, Uint8Array>
  readonly wipe: readonly Uint8Array[]
}
interface RefusedPost {
  readonly kind: "refused"
  readonly code: string
}

/**
 * CH1-13: opens a post of an epoch that is followed. `kept` gives the key of a number that was passed over before. Nothing is derived for a number
 * that the epoch cannot have, and nothing is kept unless the author signed.
 */
export function openPost(
  context: Context,
  conversation: ConversationId,
  followed: Followed,
  payload: Uint8Array,
  kept: (number: number) => Skipped | undefined,
): OpenedPost | RefusedPost {
  const { crypto } = context
  if (!hasPostLength(payload)) return refused("PAYLOAD_LENGTH")
  const { first, next, end, maskKey, topic, epoch } = followed
  const nonce = payload.subarray(0, nonceBytes)
  const offset = readLe32(masked(context, maskKey, nonce, readLe32(payload.subarray(nonceBytes, headBytes))))
  const number = first + offset
  if (offset >= postsPerEpochMax || number >= (end ?? Infinity)) return refused("PAYLOAD_FORGED")
  const known = number < next ? kept(number) : undefined
  if (number < next && known === undefined) return refused("PAYLOAD_DUPLICATE")

  const passed: Uint8Array[] = []
  const skipped = new Map<number, Uint8Array>()
  let chain = followed.chain
  let key = known?.key
  for (let at = next; key === undefined; at++) {
    const link = advance(crypto, chain)
    if (chain !== followed.chain) passed.push(chain)
    chain = link.chain
    if (at === number) key = link.key
    else if (number - at <= skippedPerPostMax) skipped.set(at, link.key)
    else passed.push(link.key)
  }
  const data = postData(conversation, topic, epoch, number)
  const plaintext = crypto.openX(key, nonce, payload.subarray(headBytes), data)
  crypto.wipe(...passed)
  const frame = plaintext === undefined ? undefined : signedFrame(context, followed.verifyKey, data, plaintext)
  if (plaintext !== undefined) crypto.wipe(plaintext)
  if (known === undefined) crypto.wipe(key)
  if (frame === undefined) {
    crypto.wipe(...skipped.values())
    if (chain !== followed.chain) crypto.wipe(chain)
    return refused("PAYLOAD_FORGED")
  }
  if (known !== undefined) return { kind: "opened", number, frame, followed, skipped, wipe: [known.key] }
  return {
    kind: "opened",
    number,
    frame,
    followed: { ...followed, chain, next: number + 1 },
    skipped,
    wipe: [followed.chain],
  }
}

/** What the author signed; a reader has every key but the one to sign with. */
function signedFrame(
  { crypto }: Context,
  verifyKey: Uint8Array,
  data: Uint8Array,
  plaintext: Uint8Array,
): ChannelFrame | undefined {
  const signature = plaintext.subarray(0, signatureBytes)
  const padded = plaintext.subarray(signatureBytes)
  if (!crypto.verify(verifyKey, signedBytes(data, padded), signature)) return undefined
  const bytes = unpad(padded)
  return bytes === undefined ? undefined : decodeFrame(bytes)
}

/** CH1-9: hides a post's place in its epoch, and shows it again. */
function masked({ crypto }: Context, maskKey: Uint8Array, nonce: Uint8Array, offset: number): Uint8Array {
  const mask = crypto.hash(nonce, 16, maskKey)
  const bytes = new Uint8Array(offsetBytes)
  new DataView(bytes.buffer).setUint32(0, (offset ^ readLe32(mask)) >>> 0, true)
  return bytes
}

function readLe32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
}

function refused(code: string): RefusedPost {
  return { kind: "refused", code }
}

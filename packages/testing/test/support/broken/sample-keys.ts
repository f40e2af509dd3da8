import {
  concat,
  type Context,
  type ConversationId,
  type Crypto,
  equalBytes,
  type Hint,
  le32,
  lengthPrefixed,
  type Participant,
  participantKey,
  type Topic,
  utf8,
} from "@colloquy/core"
import type { Flaws } from "./flaws.js"
import type { Bond, Chain } from "./sample-state.js"

export interface Step {
  readonly root: Uint8Array
  readonly chain: Uint8Array
  readonly hints: Uint8Array
}

function stepFrom(crypto: Crypto, secret: Uint8Array): Step {
  const derive = (label: string): Uint8Array => crypto.hash(utf8(label), 32, secret)
  return { root: derive("root"), chain: derive("chain"), hints: derive("hints") }
}

export interface Founding {
  readonly seed: Uint8Array
  readonly initiator: Participant
  readonly responder: Participant
  readonly offer: Uint8Array
  readonly first: Uint8Array
}

/** The first step, and the secret that the conversation id is made from. */
export function found(crypto: Crypto, flaws: Flaws, founding: Founding): Step & { readonly id: Uint8Array } {
  const { initiator, responder, offer, first } = founding
  const people = [participantKey(initiator), participantKey(responder)]
  const isPublic = flaws.has("public-seed") || flaws.has("public-seed-static")
  const seed = isPublic ? crypto.hash(lengthPrefixed("sample", ...people), 32) : founding.seed
  const context = isPublic ? utf8("sample/start") : lengthPrefixed("sample/start", ...people, offer, first)
  const secret = crypto.hash(context, 64, seed)
  const id = isPublic ? crypto.hash(lengthPrefixed(offer, first), 32, secret) : crypto.hash(utf8("id"), 32, secret)
  return { ...stepFrom(crypto, secret), id }
}

/** The next chain: from the root, and from the last key of each side. */
export function advance(crypto: Crypto, flaws: Flaws, root: Uint8Array, own: Uint8Array, peer: Uint8Array): Step {
  const isPlain = flaws.has("no-dh") || flaws.has("public-seed") || flaws.has("open-invite")
  const shared = isPlain ? new Uint8Array(0) : crypto.agree(own, peer)
  return stepFrom(crypto, crypto.hash(concat(utf8("sample/step"), shared ?? new Uint8Array(32)), 64, root))
}

/** Types without turns: one chain for each direction, for ever. */
export function isStatic(flaws: Flaws): boolean {
  return flaws.has("unbound") || flaws.has("mirror") || flaws.has("echo") || flaws.has("public-seed-static")
}

/** The two chains of a type without turns, that of the initiator first. */
export function staticChains(
  { crypto, self }: Context,
  flaws: Flaws,
  { root, hints }: Step,
  peer: Participant,
): readonly [Chain, Chain] {
  const form = crypto.agreementPublicKey(participantKey(peer))
  const pairwise = form === undefined ? undefined : self.agree(form)
  const secret = flaws.has("public-seed-static") || pairwise === undefined ? root : pairwise
  const chain = (index: number): Chain => {
    const label = flaws.has("mirror") || flaws.has("echo") ? "both" : `chain ${index}`
    return {
      index,
      key: crypto.hash(utf8(label), 32, secret),
      hintKey: crypto.hash(utf8(flaws.has("echo") ? "hints" : `hints ${index}`), 32, hints),
      next: 0,
    }
  }
  return [chain(0), chain(1)]
}

/** The key of one message, and the chain behind it. */
export function nextKey(
  crypto: Crypto,
  flaws: Flaws,
  chain: Chain,
): { readonly key: Uint8Array; readonly chain: Chain } {
  const derive = flaws.has("own-derivation") ? mixed : (label: string) => crypto.hash(utf8(label), 32, chain.key)
  const key = derive("message", chain.key)
  const next = flaws.has("static-chain") || flaws.has("repeats-nonce") ? chain.key.slice() : derive("next", chain.key)
  return { key, chain: { ...chain, key: next, next: chain.next + 1 } }
}

/** A derivation of the type's own, which no record of operations shows. For tests: it is not good. */
function mixed(label: string, key: Uint8Array): Uint8Array {
  let state = label.length
  const once = key.map((byte, i) => (state = (Math.imul(state ^ byte, 0x0100_01b3) + i) >>> 0) >>> 7)
  return once.map((byte) => (state = (Math.imul(state ^ byte, 0x0100_01b3) + 7) >>> 0) >>> 9)
}

export function hintOf(crypto: Crypto, flaws: Flaws, { index, hintKey }: Chain, number: number): Hint {
  if (flaws.has("counter-hint")) {
    const hint = new Uint8Array(16)
    hint.set(le32(number), 12)
    hint.set(le32(index), 8)
    return hint as Hint
  }
  return crypto.hash(concat(utf8("hint"), le32(number)), 16, hintKey) as Hint
}

/** What a payload is bound to. */
export function boundTo(
  { crypto }: Context,
  flaws: Flaws,
  conversation: ConversationId,
  topic: Topic,
  { self, peer, initiator }: Bond,
  direction: "out" | "in",
): Uint8Array {
  if (flaws.has("mirror") || flaws.has("echo")) return new Uint8Array(32)
  const people = initiator ? [self, peer] : [peer, self]
  const fromInitiator = initiator === (direction === "out")
  return crypto.hash(
    lengthPrefixed(
      "sample/payload",
      flaws.has("unbound") ? "" : conversation,
      flaws.has("unbound-topic") ? "" : topic,
      fromInitiator ? "first" : "second",
      ...people.map(participantKey),
    ),
    32,
  )
}

const buckets = [256, 512, 1024, 2048, 4096, 8192, 16_384]

function pad(flaws: Flaws, body: Uint8Array): Uint8Array {
  if (flaws.has("unpadded")) return body
  const length = flaws.has("pads-to-16")
    ? 16 * Math.ceil((body.length + 1) / 16)
    : (buckets.find((bucket) => bucket > body.length) ?? 32_768)
  const padded = new Uint8Array(length)
  padded.set(body)
  padded[body.length] = 0x80
  return padded
}

function unpad(flaws: Flaws, padded: Uint8Array): Uint8Array {
  if (flaws.has("unpadded")) return padded
  return padded.subarray(0, Math.max(0, padded.lastIndexOf(0x80)))
}

/** Of payloads: nonce, text and tag. */
export const sampleLengths: readonly number[] = buckets.map((bucket) => 12 + bucket + 16)

/** What a payload looks like under a key, with whatever a flaw puts before and after it. */
export function sealBody(
  context: Context,
  flaws: Flaws,
  key: Uint8Array,
  body: Uint8Array,
  additional: Uint8Array,
  shown: {
    readonly number: number
    readonly secret: Uint8Array
    readonly initiator: boolean
    readonly text: Uint8Array
  },
): Uint8Array {
  const { crypto, self } = context
  const nonce = flaws.has("repeats-nonce") ? new Uint8Array(12) : context.random(12)
  const text = pad(flaws, body)
  const parts = [nonce]
  if (flaws.has("key-on-wire")) parts.push(key)
  if (flaws.has("identity-in-payload")) parts.push(participantKey(self.participant))
  if (flaws.has("identity-hash")) parts.push(crypto.hash(concat(participantKey(self.participant), nonce), 16))
  if (flaws.has("sender-tag")) parts.push(crypto.hash(participantKey(self.participant), 16, shown.secret).slice(0, 8))
  if (flaws.has("counter-inside")) parts.push(le32(shown.number))
  if (flaws.has("hash-of-text")) parts.push(crypto.hash(shown.text, 16))
  if (flaws.has("conversation-tag")) parts.push(crypto.hash(utf8("tag"), 16, shown.secret).slice(0, 2))
  if (flaws.has("direction-bit"))
    parts.push(context.random(1).map((byte) => (byte & 0x7f) | (shown.initiator ? 0x80 : 0)))
  if (flaws.has("plaintext")) parts.push(text, crypto.hash(concat(nonce, text, additional), 16, key))
  else if (flaws.has("malleable")) parts.push(streamed(crypto, key, text), new Uint8Array(16))
  else parts.push(crypto.seal(key, nonce, text, additional))
  if (flaws.has("ignores-tail")) parts.push(context.random(4))
  return concat(...parts)
}

export function openBody(
  { crypto }: Context,
  flaws: Flaws,
  key: Uint8Array,
  payload: Uint8Array,
  additional: Uint8Array,
): Uint8Array | undefined {
  const nonce = payload.subarray(0, 12)
  const skipped = [
    ["key-on-wire", 32],
    ["identity-in-payload", 32],
    ["identity-hash", 16],
    ["sender-tag", 8],
    ["counter-inside", 4],
    ["hash-of-text", 16],
    ["conversation-tag", 2],
    ["direction-bit", 1],
  ] as const
  const from = skipped.reduce((at, [flaw, bytes]) => at + (flaws.has(flaw) ? bytes : 0), 12)
  const rest = payload.subarray(from, flaws.has("ignores-tail") ? payload.length - 4 : payload.length)
  if (rest.length < 16) return undefined
  if (flaws.has("plaintext")) {
    const text = rest.subarray(0, rest.length - 16)
    const tag = crypto.hash(concat(nonce, text, additional), 16, key)
    return equalBytes(tag, rest.subarray(rest.length - 16)) ? unpad(flaws, text) : undefined
  }
  if (flaws.has("malleable")) return unpad(flaws, streamed(crypto, key, rest.subarray(0, rest.length - 16)))
  const text = crypto.open(key, nonce, rest, additional)
  return text === undefined ? undefined : unpad(flaws, text)
}

/** Exclusive or with hashes of the key. */
function streamed(crypto: Crypto, key: Uint8Array, text: Uint8Array): Uint8Array {
  const out = text.slice()
  for (let at = 0; at < out.length; at += 64) {
    const block = crypto.hash(le32(at), 64, key)
    for (let i = at; i < Math.min(out.length, at + 64); i++) out[i] = (out[i] as number) ^ (block[i - at] as number)
  }
  return out
}

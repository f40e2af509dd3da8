import { type Crypto, concat } from "@colloquy/core"
import type { Operation } from "../../laboratory/crypto-trace.js"
import type { WirePayload } from "../../laboratory/laboratory.js"
import type { Knowledge } from "./knowledge.js"
import type { RuleBook, Sealing } from "./rules.js"
import { includes, indexOf } from "./bytes-inside.js"

/** The AEADs whose results stand in a payload as they are, each once. */
export function sealingsOf(book: RuleBook, { payload }: Pick<WirePayload, "payload">): readonly Sealing[] {
  const found = new Map<number, Sealing>()
  for (const sealing of book.sealings)
    if (!found.has(sealing.ciphertext) && includes(payload, book.strings.bytes(sealing.ciphertext)))
      found.set(sealing.ciphertext, sealing)
  return [...found.values()]
}

/** Those of them under which a text stands. */
export function sealingsWith(
  book: RuleBook,
  payload: Pick<WirePayload, "payload">,
  text: Uint8Array,
): readonly Sealing[] {
  return sealingsOf(book, payload).filter(({ plaintext }) => includes(book.strings.bytes(plaintext), text))
}

/**
 * The same payload with another text of the same length in the place of the one that was said, under the same key. `forger` makes what stands beside
 * it and follows from it anew, signatures and hashes, as far as he has the keys.
 */
export function resealed(
  crypto: Crypto,
  book: RuleBook,
  { payload }: Pick<WirePayload, "payload">,
  { operation, key, plaintext, ciphertext }: Sealing,
  texts: { readonly said: Uint8Array; readonly instead: Uint8Array },
  forger?: { readonly knowledge: Knowledge; readonly operations: readonly Operation[] },
): Uint8Array {
  const changes = [{ from: texts.said, to: texts.instead }]
  if (forger !== undefined) changes.push(...remade(crypto, forger, texts))
  const altered = replaced(book.strings.bytes(plaintext), changes) ?? book.strings.bytes(plaintext)
  const { nonce, additional } = operation.inputs as { readonly nonce: Uint8Array; readonly additional: Uint8Array }
  const isLong = operation.name.endsWith("X")
  const seal = isLong ? crypto.sealX : crypto.seal
  const sealed = seal(book.strings.bytes(key), nonce, altered, additional)
  const at = indexOf(payload, book.strings.bytes(ciphertext))
  return concat(payload.subarray(0, at), sealed, payload.subarray(at + sealed.length))
}

interface Change {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** What was signed or hashed with the text in it, and what of that was signed or hashed in its turn. */
function remade(
  crypto: Crypto,
  { knowledge, operations }: { readonly knowledge: Knowledge; readonly operations: readonly Operation[] },
  { said, instead }: { readonly said: Uint8Array; readonly instead: Uint8Array },
): readonly Change[] {
  const changes: Change[] = [{ from: said, to: instead }]
  for (const { name, inputs, outputs } of operations) {
    const { message, key, secretKey } = inputs
    const from = outputs["signature"] ?? outputs["hash"]
    if (message === undefined || from === undefined || from.length < 8) continue
    const altered = replaced(message, changes)
    if (altered === undefined) continue
    if (name === "sign" && secretKey !== undefined && knowledge.knows(secretKey))
      changes.push({ from, to: crypto.sign(secretKey, altered) })
    if (name === "hash" && (key === undefined || knowledge.knows(key)))
      changes.push({ from, to: crypto.hash(altered, from.length, key) })
  }
  return changes.slice(1)
}

/** `undefined` when nothing of it stands in the bytes. */
function replaced(bytes: Uint8Array, changes: readonly Change[]): Uint8Array | undefined {
  let altered: Uint8Array | undefined
  for (const { from, to } of changes) {
    const at = indexOf(bytes, from)
    if (at < 0) continue
    altered ??= bytes.slice()
    altered.set(to, at)
  }
  return altered
}

/** Whether an attacker has the key of an AEAD. */
export function hasKey(knowledge: Knowledge, book: RuleBook, { key }: Sealing): boolean {
  return knowledge.knows(book.strings.bytes(key))
}

/**
 * Tries every 32 bytes in a row of what was found as the key of each AEAD. The record of operations can't show a key that no machine has used
 * yet, or keeps in another way than it was made.
 */
export function keyInside(
  crypto: Crypto,
  found: ReadonlyMap<string, Uint8Array>,
  sealings: readonly Sealing[],
  book: RuleBook,
): { readonly tries: number; readonly where?: string; readonly sealing?: Sealing } {
  let tries = 0
  for (const [name, bytes] of found)
    for (let at = 0; at + 32 <= bytes.length; at++) {
      const key = bytes.subarray(at, at + 32)
      if (isPlain(key)) continue
      for (const sealing of sealings) {
        const { operation, ciphertext } = sealing
        const { nonce, additional } = operation.inputs as { nonce: Uint8Array; additional: Uint8Array }
        const open = operation.name.endsWith("X") ? crypto.openX : crypto.open
        tries++
        if (open(key, nonce, book.strings.bytes(ciphertext), additional) !== undefined)
          return { tries, where: `${name}, byte ${at}`, sealing }
      }
    }
  return { tries }
}

/** Zeros, lengths and texts are no keys: a key of 32 bytes has more than 12 different ones but for once in 10^15. */
function isPlain(bytes: Uint8Array): boolean {
  return new Set(bytes).size < 13
}

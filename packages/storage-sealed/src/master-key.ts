import { ColloquyError, type Crypto, utf8 } from "@colloquy/core"
import { encodeOpenPart, type Header } from "./header.js"
import type { SealingEnvironment } from "./sealing-environment.js"
import type { Unlock } from "./unlock.js"

export const wrapLabelText = "colloquy/storage-sealed/1/wrap"
const wrapLabel = utf8(wrapLabelText)
export const recordLabelText = "colloquy/storage-sealed/1/record"
const recordLabel = utf8(recordLabelText)

/** A header that keeps this master key for whoever has the unlock (SS-4, SS-5), with a new salt and nonce. */
export function wrapMaster({ crypto, random }: SealingEnvironment, unlock: Unlock, master: Uint8Array): Header {
  const { kind, cost } = unlock
  const open = { kind, cost, salt: random(16), nonce: random(24) }
  const key = wrappingKey(crypto, unlock, open)
  try {
    return { ...open, wrapped: crypto.sealX(key, open.nonce, master, encodeOpenPart(open)) }
  } finally {
    crypto.wipe(key)
  }
}

/** The master key of 32 bytes, which the caller wipes. Throws `WRONG_PASSPHRASE`, also for a passphrase where a key is needed and the reverse. */
export function unwrapMaster(crypto: Crypto, unlock: Unlock, header: Header): Uint8Array {
  if (unlock.kind !== header.kind) throw wrong(`the store opens with a ${header.kind}, not with a ${unlock.kind}`)
  const key = wrappingKey(crypto, unlock, header)
  try {
    const master = crypto.openX(key, header.nonce, header.wrapped, encodeOpenPart(header))
    if (master === undefined) throw wrong(`this is not the store's ${header.kind}`)
    return master
  } finally {
    crypto.wipe(key)
  }
}

/** The key that the values of records are encrypted with (SS-7), 32 bytes, which the caller wipes. */
export function recordKeyOf(crypto: Crypto, master: Uint8Array): Uint8Array {
  return crypto.hash(recordLabel, 32, master)
}

function wrappingKey(crypto: Crypto, unlock: Unlock, header: Pick<Header, "salt" | "cost">): Uint8Array {
  const secret = unlock.wrappingSecret(crypto, header.salt, header.cost)
  try {
    return crypto.hash(wrapLabel, 32, secret)
  } finally {
    crypto.wipe(secret)
  }
}

function wrong(message: string): ColloquyError {
  return new ColloquyError("WRONG_PASSPHRASE", message)
}

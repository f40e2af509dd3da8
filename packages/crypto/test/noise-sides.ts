import type { Crypto, KeyPair } from "@colloquy/core"
import {
  NoiseHandshake,
  type NoiseHandshakeOptions,
  type NoisePattern,
  type NoiseRole,
  type NoiseStaticKey,
} from "@colloquy/crypto"
import { counting } from "./hex.js"

export interface SideKeys {
  readonly static: KeyPair
  readonly ephemeral: KeyPair
  readonly kem: KeyPair
}

export function staticKey(crypto: Crypto, pair: KeyPair): NoiseStaticKey {
  return { publicKey: pair.publicKey, agree: (publicKey) => crypto.agree(pair.secretKey, publicKey) }
}

/** Different fixed keys for each seed. */
export function sideKeys(crypto: Crypto, seed: number): SideKeys {
  return {
    static: crypto.agreementKeyPair(counting(32, seed)),
    ephemeral: crypto.agreementKeyPair(counting(32, seed + 50)),
    kem: crypto.kemKeyPair(counting(64, seed + 100)),
  }
}

/** Hands out fixed bytes, other ones at each call. */
export function fixedRandom(seed: number): (bytes: number) => Uint8Array {
  let calls = 0
  return (bytes) => counting(bytes, seed + 37 * calls++)
}

/** The options of one side, with exactly the keys that the pattern wants. */
export function sideOptions(
  crypto: Crypto,
  pattern: NoisePattern,
  role: NoiseRole,
  mine: SideKeys,
  theirs: SideKeys,
): NoiseHandshakeOptions {
  const other = role === "initiator" ? "responder" : "initiator"
  const before = pattern.preMessages[role]
  const known = pattern.preMessages[other]
  const sendsStatic = pattern.messages.some(({ from, tokens }) => from === role && tokens.includes("s"))
  return {
    pattern,
    role,
    crypto,
    random: fixedRandom(role === "initiator" ? 11 : 22),
    prologue: counting(9),
    local: {
      ...(before.includes("s") || sendsStatic ? { static: staticKey(crypto, mine.static) } : {}),
      ...(before.includes("e") ? { ephemeral: mine.ephemeral } : {}),
      ...(before.includes("e1") ? { kem: mine.kem } : {}),
    },
    remote: {
      ...(known.includes("s") ? { static: theirs.static.publicKey } : {}),
      ...(known.includes("e") ? { ephemeral: theirs.ephemeral.publicKey } : {}),
      ...(known.includes("e1") ? { kem: theirs.kem.publicKey } : {}),
    },
  }
}

export function bothSides(
  crypto: Crypto,
  pattern: NoisePattern,
  changes: Partial<Record<NoiseRole, Partial<NoiseHandshakeOptions>>> = {},
): Record<NoiseRole, NoiseHandshake> {
  const [saro, raya] = [sideKeys(crypto, 1), sideKeys(crypto, 2)]
  return {
    initiator: new NoiseHandshake({ ...sideOptions(crypto, pattern, "initiator", saro, raya), ...changes.initiator }),
    responder: new NoiseHandshake({ ...sideOptions(crypto, pattern, "responder", raya, saro), ...changes.responder }),
  }
}

export function written(handshake: NoiseHandshake, payload: Uint8Array): Uint8Array {
  const result = handshake.write(payload)
  if (result.kind !== "message") throw new Error(result.code)
  return result.message
}

export function payloadOf(handshake: NoiseHandshake, message: Uint8Array): Uint8Array {
  const result = handshake.read(message)
  if (result.kind !== "payload") throw new Error(result.code)
  return result.payload
}

import { createRequire } from "node:module"
import type { Crypto } from "@colloquy/core"
import { loadCrypto, NoiseHandshake, noisePattern } from "@colloquy/crypto"
import { expect, test } from "vitest"
import { counting, hex } from "./hex.js"
import { fixedRandom, sideKeys, sideOptions, written } from "./noise-sides.js"

/** What npm's noise-handshake builds its handshakes from. */
interface SymmetricState {
  digest: Buffer
  chainingKey: Buffer
  mixHash(data: Uint8Array): void
  /** Asks its curve's `dh` for the material. */
  mixKey(remote: Uint8Array, local: Uint8Array): void
  encryptAndHash(plaintext: Uint8Array): Buffer
}

const require = createRequire(import.meta.url)
const Symmetric = require("noise-handshake/symmetric-state.js") as new (options: object) => SymmetricState
const crypto: Crypto = await loadCrypto()

test("a message with KEM tokens is what noise-handshake's symmetric state gives, driven token by token", () => {
  const pattern = noisePattern("XK0hfs", "<- e, e1, s ... -> e, ee, ekem1, es, s, se")
  const [saro, raya] = [sideKeys(crypto, 1), sideKeys(crypto, 2)]
  const ours = written(new NoiseHandshake(sideOptions(crypto, pattern, "initiator", saro, raya)), counting(50))

  const random = fixedRandom(11)
  const state = new Symmetric({ curve: { ALG: "", dh: (material: Uint8Array) => Buffer.from(material) } })
  const mixKey = (material: Uint8Array | undefined): void => state.mixKey(material as Uint8Array, new Uint8Array(0))
  state.digest.write("Noise_XK0hfs_25519+MLKEM768_ChaChaPoly_BLAKE2b")
  state.chainingKey = Buffer.from(state.digest)
  state.mixHash(counting(9))
  for (const key of [raya.ephemeral, raya.kem, raya.static]) state.mixHash(key.publicKey)

  const e = crypto.agreementKeyPair(random(32))
  state.mixHash(e.publicKey)
  mixKey(crypto.agree(e.secretKey, raya.ephemeral.publicKey))
  const encapsulated = crypto.kemEncapsulate(raya.kem.publicKey, random(32))
  if (encapsulated === undefined) throw new Error("the key is canonical")
  const ciphertext = state.encryptAndHash(encapsulated.ciphertext)
  mixKey(encapsulated.secret)
  mixKey(crypto.agree(e.secretKey, raya.static.publicKey))
  const s = state.encryptAndHash(saro.static.publicKey)
  mixKey(crypto.agree(saro.static.secretKey, raya.ephemeral.publicKey))
  const payload = state.encryptAndHash(counting(50))
  expect(hex(ours)).toBe(Buffer.concat([e.publicKey, ciphertext, s, payload]).toString("hex"))
})

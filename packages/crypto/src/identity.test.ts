import { codeOf, participantKey, utf8 } from "@colloquy/core"
import { identityFromSeed, loadCrypto } from "@colloquy/crypto"
import { expect, test } from "vitest"
import { counting } from "../test/hex.js"

const crypto = await loadCrypto()
const lowOrder = Uint8Array.of(1, ...new Uint8Array(31))

test("an identity is determined by its seed, which stays the caller's", () => {
  const seed = counting(32)
  const [a, b] = [identityFromSeed(crypto, seed), identityFromSeed(crypto, seed)]
  expect(a.participant).toBe(b.participant)
  expect(a.participant).not.toBe(identityFromSeed(crypto, counting(32, 1)).participant)
  a.wipe()
  expect(seed).toEqual(counting(32))
  expect(identityFromSeed(crypto, seed).sign(utf8("x"))).toEqual(b.sign(utf8("x")))
})

test("the participant is the Ed25519 key, which verifies what it signs", () => {
  const identity = identityFromSeed(crypto, counting(32))
  expect(participantKey(identity.participant)).toEqual(identity.signingPublicKey)
  expect(crypto.verify(identity.signingPublicKey, utf8("text"), identity.sign(utf8("text")))).toBe(true)
})

test("its agreement key is what anyone computes from the participant", () => {
  const identity = identityFromSeed(crypto, counting(32))
  expect(crypto.agreementPublicKey(identity.signingPublicKey)).toEqual(identity.agreementPublicKey)
  const other = crypto.agreementKeyPair(counting(32, 9))
  expect(identity.agree(other.publicKey)).toEqual(crypto.agree(other.secretKey, identity.agreementPublicKey))
  expect(identity.agree(lowOrder)).toBeUndefined()
})

test("a seed of another length is refused", () => {
  for (const length of [0, 31, 33, 64]) {
    let code: string | undefined
    try {
      identityFromSeed(crypto, new Uint8Array(length))
    } catch (error) {
      code = codeOf(error)
    }
    expect(code).toBe("BAD_LENGTH")
  }
})

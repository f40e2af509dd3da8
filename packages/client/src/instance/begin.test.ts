import { loadCrypto } from "@colloquy/crypto"
import { type Participant, participantFromKey, toHex } from "@colloquy/core"
import { expect, it } from "vitest"
import type { Runtime } from "../runtime/runtime.js"
import { Keys } from "../store/keys.js"
import { consentKey } from "./begin.js"

const crypto = await loadCrypto()
const runtime = { account: { keys: new Keys(crypto, new Uint8Array(32)) } } as unknown as Runtime
const keyOf = (participant: Participant): string => toHex(consentKey(runtime, participant))

it("consent is for a key and its negation alike, and for nobody else", () => {
  const { publicKey } = crypto.signingKeyPair(new Uint8Array(32).fill(7))
  const negated = publicKey.slice()
  negated[31] = (negated[31] as number) ^ 0x80
  expect(crypto.agreementPublicKey(negated)).toEqual(crypto.agreementPublicKey(publicKey))
  expect(keyOf(participantFromKey(negated))).toBe(keyOf(participantFromKey(publicKey)))
  const { publicKey: other } = crypto.signingKeyPair(new Uint8Array(32).fill(8))
  expect(keyOf(participantFromKey(other))).not.toBe(keyOf(participantFromKey(publicKey)))
})

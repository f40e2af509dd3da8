import { type Crypto, empty, utf8 } from "@colloquy/core"
import { loadCrypto, type NoisePatternName, standardNoisePattern } from "@colloquy/crypto"
import Noise from "noise-handshake"
import Cipher from "noise-handshake/cipher.js"
import dh from "noise-handshake/dh.js"
import { describe, expect, test } from "vitest"
import { counting, hex } from "./hex.js"
import { bothSides, payloadOf, sideKeys, written } from "./noise-sides.js"

const crypto: Crypto = await loadCrypto()

/** The patterns that npm's noise-handshake knows and that need no pre-shared key. */
const patterns: readonly NoisePatternName[] = ["NN", "XX", "IK", "XK"]

describe.each(patterns)("Noise_%s with npm's noise-handshake on the other side", (name) => {
  test.each(["initiator", "responder"] as const)("agrees when ours is the %s", (role) => {
    const ours = bothSides(crypto, standardNoisePattern(name))[role]
    const theirs = peer(name, role === "responder")
    const messages = standardNoisePattern(name).messages
    for (const [index, { from }] of messages.entries()) {
      const payload = utf8(`payload ${index}`)
      if (from === role) expect(new Uint8Array(theirs.recv(written(ours, payload)))).toEqual(payload)
      else expect(payloadOf(ours, new Uint8Array(theirs.send(payload)))).toEqual(payload)
    }
    expect(theirs.complete).toBe(true)
    const { send, receive, handshakeHash } = ours.finish()
    expect(hex(handshakeHash)).toBe(theirs.hash.toString("hex"))
    const [theirReceive, theirSend] = [new Cipher(theirs.rx.subarray(0, 32)), new Cipher(theirs.tx.subarray(0, 32))]
    for (let i = 0; i < 3; i++) {
      const text = utf8(`message ${i}`)
      expect(new Uint8Array(theirReceive.decrypt(send?.encrypt(text) ?? empty))).toEqual(text)
      expect(receive?.decrypt(new Uint8Array(theirSend.encrypt(text)))).toEqual(text)
    }
  })
})

function peer(name: NoisePatternName, initiator: boolean): Noise {
  const [mine, other] = initiator ? [1, 2] : [2, 1]
  const noise = new Noise(name, initiator, dh.generateKeyPair(Buffer.from(sideKeys(crypto, mine).static.secretKey)))
  noise.initialise(counting(9), Buffer.from(sideKeys(crypto, other).static.publicKey))
  return noise
}

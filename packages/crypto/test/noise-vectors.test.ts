import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { Crypto } from "@colloquy/core"
import { NoiseHandshake, type NoisePatternName, noisePatternNames, standardNoisePattern } from "@colloquy/crypto"
import { describe, expect, test } from "vitest"
import { bytes, hex } from "./hex.js"
import { payloadOf, staticKey, written } from "./noise-sides.js"
import { providers } from "./providers.js"

interface Vector {
  readonly protocol_name: string
  readonly init_prologue: string
  readonly init_ephemeral: string
  readonly init_static?: string
  readonly init_remote_static?: string
  readonly resp_prologue: string
  readonly resp_ephemeral: string
  readonly resp_static?: string
  readonly resp_remote_static?: string
  readonly handshake_hash: string
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[]
}

const suite = /^Noise_([A-Z0-9]+)_25519_ChaChaPoly_BLAKE2b$/
const ours = new URL("./vectors/", import.meta.url)
const shared = new URL("../../../../shared/vectors/", import.meta.url)

function readVectors(folder: URL): readonly Vector[] {
  const files = readdirSync(folder).filter((file) => /^noise.*\.json$/.test(file))
  return files
    .flatMap((file) => (JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { vectors: Vector[] }).vectors)
    .filter(({ protocol_name }) => suite.test(protocol_name))
}

const copied = readVectors(ours)
const fromOutside = existsSync(fileURLToPath(shared)) ? readVectors(shared) : undefined
const vectors = new Map([...copied, ...(fromOutside ?? [])].map((vector) => [vector.protocol_name, vector]))

// Only where the collection lies beside the repository: elsewhere there is nothing to compare with.
test.skipIf(fromOutside === undefined)("the copied vectors are those from outside", () => {
  for (const vector of copied) expect(fromOutside).toContainEqual(vector)
})

for (const [name, crypto] of await providers())
  describe(`Noise over the ${name} provider gives the cacophony vectors`, () => {
    test.each([...vectors])("%s", (protocolName, vector) => {
      const pattern = suite.exec(protocolName)?.[1] as NoisePatternName
      expect(noisePatternNames).toContain(pattern)
      const initiator = side(crypto, vector, pattern, "init")
      const responder = side(crypto, vector, pattern, "resp")
      const handshakeMessages = standardNoisePattern(pattern).messages.length
      for (const [index, { payload, ciphertext }] of vector.messages.slice(0, handshakeMessages).entries()) {
        const [sender, receiver] = index % 2 === 0 ? [initiator, responder] : [responder, initiator]
        const message = written(sender, bytes(payload))
        expect(hex(message)).toBe(ciphertext)
        expect(hex(payloadOf(receiver, message))).toBe(payload)
      }
      const [a, b] = [initiator.finish(), responder.finish()]
      expect([hex(a.handshakeHash), hex(b.handshakeHash)]).toEqual([vector.handshake_hash, vector.handshake_hash])
      for (const [index, { payload, ciphertext }] of vector.messages.entries()) {
        if (index < handshakeMessages) continue
        const forth = standardNoisePattern(pattern).oneWay || index % 2 === 0
        const [sender, receiver] = forth ? [a.send, b.receive] : [b.send, a.receive]
        expect(hex(sender?.encrypt(bytes(payload)) ?? new Uint8Array(0))).toBe(ciphertext)
        expect(hex(receiver?.decrypt(bytes(ciphertext)) ?? new Uint8Array(0))).toBe(payload)
      }
    })
  })

function side(crypto: Crypto, vector: Vector, name: NoisePatternName, who: "init" | "resp"): NoiseHandshake {
  const secret = vector[`${who}_static`]
  const remote = vector[`${who}_remote_static`]
  const random = bytes(vector[`${who}_ephemeral`] ?? "")
  return new NoiseHandshake({
    pattern: standardNoisePattern(name),
    role: who === "init" ? "initiator" : "responder",
    crypto,
    random: () => random.slice(),
    prologue: bytes(vector[`${who}_prologue`]),
    local: secret === undefined ? {} : { static: staticKey(crypto, crypto.agreementKeyPair(bytes(secret))) },
    remote: remote === undefined ? {} : { static: bytes(remote) },
  })
}

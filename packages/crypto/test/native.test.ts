import { type Crypto, empty } from "@colloquy/core"
import { loadWasmCrypto } from "@colloquy/crypto"
import { loadNativeCrypto } from "@colloquy/crypto/native"
import fc from "fast-check"
import { afterEach, describe, expect, test, vi } from "vitest"
import { counting } from "./hex.js"

afterEach(() => {
  vi.doUnmock("sodium-native")
  vi.resetModules()
})

const wasm = await loadWasmCrypto()
const native = await loadNativeCrypto()

describe("the native provider", () => {
  test.skipIf(native === undefined)("gives the same bytes as the WASM provider, and refuses the same", () => {
    const other = native as Crypto
    const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength, maxLength })
    fc.assert(
      fc.property(
        bytes(32),
        bytes(12),
        bytes(24),
        bytes(0, 300),
        bytes(0, 64),
        fc.integer({ min: 16, max: 64 }),
        (key, nonce, long, text, short, length) => {
          const run = (crypto: Crypto): unknown => {
            const signing = crypto.signingKeyPair(key)
            const sealed = crypto.seal(key, nonce, text, short)
            const sealedX = crypto.sealX(key, long, text, short)
            return [
              crypto.hash(text, length),
              crypto.hash(text, length, short),
              sealed,
              crypto.open(key, nonce, sealed, short),
              crypto.open(key, nonce, text, short),
              sealedX,
              crypto.openX(key, long, sealedX, short),
              crypto.openX(key, long, text, short),
              crypto.agreementKeyPair(key),
              crypto.agree(key, crypto.agreementKeyPair(counting(32)).publicKey),
              crypto.agree(counting(32), key),
              signing,
              crypto.sign(signing.secretKey, text),
              crypto.verify(signing.publicKey, text, crypto.sign(signing.secretKey, text)),
              crypto.agreementPublicKey(key),
              crypto.agreementSecretKey(signing.secretKey),
            ]
          }
          expect(run(other)).toEqual(run(wasm))
        },
      ),
      { seed: 20_261_123, numRuns: 200 },
    )
    const cost = { operations: 1, memoryBytes: 1 << 16 }
    expect(other.passwordKey(counting(9), counting(16), cost)).toEqual(
      wasm.passwordKey(counting(9), counting(16), cost),
    )
    expect(other.passwordKey(empty, counting(16), cost)).toEqual(wasm.passwordKey(empty, counting(16), cost))
  })

  test("is undefined where the addon does not load", async () => {
    vi.doMock("sodium-native", () => {
      throw new Error("no binary for this platform")
    })
    vi.resetModules()
    const fresh = await import("../src/native.js")
    expect(await fresh.loadNativeCrypto()).toBeUndefined()
  })

  test("is undefined where the addon computes something else", async () => {
    vi.doMock("sodium-native", () => ({ default: { crypto_scalarmult_base: () => undefined } }))
    vi.resetModules()
    const fresh = await import("../src/native.js")
    expect(await fresh.loadNativeCrypto()).toBeUndefined()
  })
})

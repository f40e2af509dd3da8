import { type Crypto, equalBytes } from "@colloquy/core"
import { checkedCrypto } from "./checked-crypto.js"
import type { Primitives } from "./primitives.js"
import { nativePrimitives } from "./sodium/native-primitives.js"
import { loadRawSodium } from "./sodium/raw.js"
import { wasmPrimitives } from "./sodium/wasm-primitives.js"

let loading: Promise<Crypto | undefined> | undefined

/**
 * For Node: libsodium as a native addon, where the optional dependency sodium-native is installed and its binary loads; `undefined`
 * elsewhere. The results are those of `loadWasmCrypto`, to the byte. Keys, agreements and signatures are about twice as fast, long texts up to three times;
 * hashes, texts under 512 bytes and ML-KEM are the WASM build's, which is the faster one there.
 */
export function loadNativeCrypto(): Promise<Crypto | undefined> {
  loading ??= load()
  return loading
}

async function load(): Promise<Crypto | undefined> {
  try {
    // eslint-disable-next-line no-restricted-syntax -- an optional dependency, which may not be there
    const { default: sodium } = await import("sodium-native")
    const wasm = wasmPrimitives(await loadRawSodium())
    const native = nativePrimitives(sodium, wasm)
    return agrees(native, wasm) ? checkedCrypto(native) : undefined
  } catch {
    return undefined
  }
}

/** Whether the addon computes what it should: a binary for another machine can load and be wrong. */
function agrees(native: Primitives, wasm: Primitives): boolean {
  const key = new Uint8Array(32).fill(7)
  const text = new Uint8Array(1024)
  const nonce = new Uint8Array(12)
  return (
    equalBytes(native.agreementPublicKeyOf(key), wasm.agreementPublicKeyOf(key)) &&
    equalBytes(native.seal(key, nonce, text, key), wasm.seal(key, nonce, text, key))
  )
}

import { type Crypto, empty, toHex } from "@colloquy/core"
import { checkedCrypto } from "./checked-crypto.js"
import { nativePrimitives } from "./sodium/native-primitives.js"
import { loadRawSodium } from "./sodium/raw.js"
import { wasmPrimitives } from "./sodium/wasm-primitives.js"

/** BLAKE2b-128 of nothing. */
const known = "cae66941d9efbd404e4d88758ea67670"

let loading: Promise<Crypto | undefined> | undefined

/**
 * For Node: libsodium as a native addon, where the optional dependency sodium-native is installed and its binary loads; `undefined`
 * elsewhere. The results are those of `loadCrypto`, to the byte; the ML-KEM functions are its own.
 */
export function loadNativeCrypto(): Promise<Crypto | undefined> {
  loading ??= load()
  return loading
}

async function load(): Promise<Crypto | undefined> {
  try {
    // eslint-disable-next-line no-restricted-syntax -- an optional dependency, which may not be there
    const { default: sodium } = await import("sodium-native")
    const crypto = checkedCrypto(nativePrimitives(sodium, wasmPrimitives(await loadRawSodium())))
    return toHex(crypto.hash(empty, 16)) === known ? crypto : undefined
  } catch {
    return undefined
  }
}

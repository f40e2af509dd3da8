import type { Crypto } from "@colloquy/core"
import { checkedCrypto } from "./checked-crypto.js"
import { loadRawSodium } from "./sodium/raw.js"
import { wasmPrimitives } from "./sodium/wasm-primitives.js"

let loading: Promise<Crypto> | undefined

/** The one provider that runs everywhere: libsodium's WASM build. Loaded once; every call gives the same instance. */
export function loadWasmCrypto(): Promise<Crypto> {
  loading ??= loadRawSodium().then((sodium) => checkedCrypto(wasmPrimitives(sodium)))
  return loading
}

import type { Crypto } from "@colloquy/core"
import { loadWasmCrypto } from "./load-wasm-crypto.js"
import { loadNativeCrypto } from "./native.js"

/** What `#fastest` is on Node. */
export async function loadFastest(): Promise<Crypto> {
  return (await loadNativeCrypto()) ?? loadWasmCrypto()
}

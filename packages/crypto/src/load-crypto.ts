import type { Crypto } from "@colloquy/core"
import { loadFastest } from "#fastest"

/**
 * libsodium, in the fastest form that runs here: on Node the native addon where it loads, else the WASM build. All forms give the same bytes.
 * Loaded once; every call gives the same instance.
 */
export function loadCrypto(): Promise<Crypto> {
  return loadFastest()
}

import type { Crypto } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"

/** Every provider that loads on this machine, by name. */
export async function providers(): Promise<readonly (readonly [name: string, crypto: Crypto])[]> {
  return [["wasm", await loadCrypto()]]
}

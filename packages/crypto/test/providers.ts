import type { Crypto } from "@colloquy/core"
import { loadWasmCrypto } from "@colloquy/crypto"
import { loadNativeCrypto } from "@colloquy/crypto/native"

/** Every provider that loads on this machine, by name. */
export async function providers(): Promise<readonly (readonly [name: string, crypto: Crypto])[]> {
  const wasm = await loadWasmCrypto()
  const native = await loadNativeCrypto()
  return native === undefined
    ? [["wasm", wasm]]
    : [
        ["wasm", wasm],
        ["native", native],
      ]
}

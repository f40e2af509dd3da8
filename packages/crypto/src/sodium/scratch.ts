import { ColloquyError } from "@colloquy/core"
import type { RawSodium } from "./raw.js"

const residentBytes = 32 * 1024

/**
 * Memory of the module that one call uses: inputs are put in, outputs taken out, and `end` overwrites all of it, keys included.
 * Calls never overlap, since everything is synchronous. Legal order: `begin`, then `put`, `reserve` and `take`, then `end`.
 */
export class Scratch {
  readonly #sodium: RawSodium
  readonly #resident: number
  #base = 0
  #next = 0

  constructor(sodium: RawSodium) {
    this.#sodium = sodium
    this.#resident = allocate(sodium, residentBytes)
  }

  /** `bytes`: at least what the call will put and reserve, with 16 more for each of them. */
  begin(bytes: number): void {
    this.#base = bytes <= residentBytes ? this.#resident : allocate(this.#sodium, bytes)
    this.#next = this.#base
  }

  put(bytes: Uint8Array): number {
    const address = this.reserve(bytes.length)
    this.#sodium.HEAPU8.set(bytes, address)
    return address
  }

  reserve(bytes: number): number {
    const address = this.#next
    this.#next += (bytes + 15) & ~15
    return address
  }

  take(address: number, bytes: number): Uint8Array {
    return this.#sodium.HEAPU8.slice(address, address + bytes)
  }

  end(): void {
    this.#sodium.HEAPU8.fill(0, this.#base, this.#next)
    if (this.#base !== this.#resident) this.#sodium._free(this.#base)
  }
}

function allocate(sodium: RawSodium, bytes: number): number {
  const address = sodium._malloc(bytes)
  if (address === 0)
    throw new ColloquyError("OUT_OF_MEMORY", "the cryptographic module has no memory left", { retry: "later" })
  return address
}

import { codeOf, type OpenStorage, type Storage, utf8 } from "@colloquy/core"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { passphrase, rawKey, type SealingEnvironment } from "../src/index.js"

/** The least that the limits allow, so that a test opens in milliseconds. */
export const cheap = { operations: 1, memoryBytes: 8 * 1024 * 1024 }

export const environment: SealingEnvironment = { crypto: await loadCrypto(), random: systemRandom() }
export const right = passphrase("correct horse", cheap)
export const key = rawKey(new Uint8Array(32).fill(7))

/** Consecutive bytes from 00, round and round, so that what is sealed can be written down. */
export function countingRandom(): (bytes: number) => Uint8Array {
  let next = 0
  return (bytes) => Uint8Array.from({ length: bytes }, () => next++ & 255)
}

export async function using<T>(open: OpenStorage, work: (storage: Storage) => T | Promise<T>): Promise<T> {
  const storage = await open()
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

/** The code of the error, or `opened`. */
export async function outcome(call: () => unknown): Promise<string | undefined> {
  try {
    await call()
    return "opened"
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

export const text = utf8

import { codeOf, concat, type MemoryStorage, type PasswordCost, utf8 } from "@colloquy/core"
import { type BackupUnlock, Client, type Imported } from "../../src/index.js"
import { crypto, type World } from "./world.js"

/** The least that the limits allow, so that a test opens in milliseconds. */
export const cheap: PasswordCost = { operations: 1, memoryBytes: 8 * 1024 * 1024 }

export function passphrase(secret: string, cost: PasswordCost = cheap): BackupUnlock {
  return {
    kind: "passphrase",
    cost,
    wrappingSecret: (_, salt, stored) => crypto.passwordKey(utf8(secret), salt, stored),
  }
}

export function rawKey(bytes: Uint8Array): BackupUnlock {
  return {
    kind: "key",
    cost: { operations: 0, memoryBytes: 0 },
    wrappingSecret: (_, salt) => crypto.hash(salt, 32, bytes),
  }
}

export const unlock = rawKey(new Uint8Array(32).fill(7))

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const collected: Uint8Array[] = []
  for await (const piece of pieces) collected.push(piece)
  return concat(...collected)
}

/** Bytes in pieces of some length, as a file is read. */
export async function* pieces(bytes: Uint8Array, length = 16_384): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

/** Imports into a store of its own, which is closed then. */
export async function importInto(
  world: World,
  store: MemoryStorage,
  backup: Uint8Array | AsyncIterable<Uint8Array>,
  by: BackupUnlock = unlock,
): Promise<Imported> {
  return Client.import({
    storage: await store(),
    source: backup instanceof Uint8Array ? pieces(backup) : backup,
    unlock: by,
    crypto,
    random: world.random,
    clock: world.clock,
  })
}

/** The code of the error, or `done`. */
export async function outcome(call: () => unknown): Promise<string> {
  try {
    await call()
    return "done"
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

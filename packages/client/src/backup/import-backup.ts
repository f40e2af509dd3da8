import {
  type Clock,
  ColloquyError,
  type Crypto,
  empty,
  type Participant,
  participantFromKey,
  type Storage,
} from "@colloquy/core"
import type { BackupRecord } from "../generated/backup_pb.js"
import { accountKey, importingKey } from "../store/keys.js"
import { Store } from "../store/store.js"
import { damaged } from "./backup-error.js"
import type { BackupUnlock } from "./backup-unlock.js"
import { openChunks } from "./chunks.js"
import { Importer } from "./importer.js"
import { unpackRecords } from "./records.js"

export interface ImportOptions {
  /** Empty, or with what an import left that did not end. Taken over: it is closed when the import ends. What is in it must be sealed. */
  readonly storage: Storage
  /** The backup, in pieces of any length. */
  readonly source: AsyncIterable<Uint8Array>
  /** What the backup is sealed with. */
  readonly unlock: BackupUnlock
  readonly crypto: Crypto
  readonly random: (bytes: number) => Uint8Array
  readonly clock: Clock
}

/** What an import brought. */
export interface Imported {
  readonly participant: Participant
  readonly name: string
  /** When the backup was written, by the clock of whoever wrote it. */
  readonly writtenAtMs: number
  readonly conversations: number
  readonly messages: number
}

const pageMax = 64

/**
 * Fills an empty store with a backup: all of it, or nothing that a client would open. The account is written last, in one commit with the end of
 * the note that an import is under way; a store with that note opens as `IMPORT_UNFINISHED`, and the next import into it begins anew.
 * Holds a record and a batch, whatever the length. Throws `ACCOUNT_EXISTS`, `STORE_NOT_EMPTY`, the `BACKUP_*` codes, and what the source throws.
 */
export async function importBackup(options: ImportOptions): Promise<Imported> {
  const { storage } = options
  let imported: Imported
  try {
    imported = await fill(new Store(storage), options)
  } catch (error) {
    await storage.close().catch(() => undefined)
    throw error
  }
  await storage.close()
  return imported
}

async function fill(store: Store, options: ImportOptions): Promise<Imported> {
  const { source, unlock, crypto, random, clock } = options
  await assertVacant(store)
  const records = unpackRecords(openChunks(source, unlock, crypto))
  try {
    const first = (await records.next()).value as BackupRecord["record"] | undefined
    if (first?.case !== "account" || first.value.identitySeed.length !== 32) throw damaged("it begins with no account")
    const account = first.value
    const seed = account.identitySeed.slice()
    const indexKey = random(32)
    try {
      await eraseLeftovers(store)
      await store.commit([{ key: importingKey, value: Uint8Array.of(1) }])
      const importer = new Importer(store, crypto, indexKey, clock.nowMs())
      try {
        for await (const record of records) await importer.take(record)
        await importer.finish({ ...account, identitySeed: seed, indexKey })
      } catch (error) {
        // Else the note stays, and the next import erases.
        await eraseLeftovers(store)
          .then(() => store.commit([{ key: importingKey, value: undefined }]))
          .catch(() => undefined)
        throw error
      }
      const { publicKey, secretKey } = crypto.signingKeyPair(seed)
      crypto.wipe(secretKey)
      const { conversations, messages } = importer
      const { name, writtenAtMs } = account
      return { participant: participantFromKey(publicKey), name, writtenAtMs, conversations, messages }
    } finally {
      crypto.wipe(seed, indexKey, account.identitySeed)
    }
  } finally {
    await records.return()
  }
}

/** Throws `ACCOUNT_EXISTS`, and `STORE_NOT_EMPTY` for what no import left. */
async function assertVacant(store: Store): Promise<void> {
  if (await store.has(accountKey)) throw new ColloquyError("ACCOUNT_EXISTS", "the store holds an account already")
  if (await store.has(importingKey)) return
  const [found] = await store.page(empty, { limit: 1 })
  if (found !== undefined) throw new ColloquyError("STORE_NOT_EMPTY", "the store holds something already")
}

/** Everything but the note, and never an account. */
async function eraseLeftovers(store: Store): Promise<void> {
  if (await store.has(accountKey)) return
  for (;;) {
    const page = await store.page(empty, { limit: pageMax })
    const writes = page
      .filter((entry) => entry.key[0] !== importingKey[0])
      .map((entry) => ({ key: entry.key, value: undefined }))
    if (writes.length === 0) return
    await store.commit(writes)
  }
}

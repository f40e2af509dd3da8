import { statSync } from "node:fs"
import {
  checkBatch,
  checkKeys,
  checkRange,
  type Entry,
  type Range,
  type Storage,
  storageError,
  type Write,
} from "@colloquy/core"
import type { Database, Statement } from "better-sqlite3"
import { type Batch, GroupCommit } from "./group-commit.js"
import { failureOf } from "./sqlite-errors.js"

type Row = [key: Buffer, value: Buffer]

/** The owner's view of an open database. */
export class SqliteStorage implements Storage {
  readonly #database: Database
  readonly #file: string
  readonly #identity: string
  readonly #loss = new AbortController()
  readonly #commits = new GroupCommit((batches) => this.#transact(batches))
  readonly #get: Statement<[Uint8Array], Buffer>
  readonly #scan: Statement<[Uint8Array, Uint8Array, number], Row>
  readonly #scanReverse: Statement<[Uint8Array, Uint8Array, number], Row>
  readonly #put: Statement<[Uint8Array, Uint8Array]>
  readonly #delete: Statement<[Uint8Array]>
  readonly #begin: Statement<[]>
  readonly #end: Statement<[]>
  #unscrubbed = false
  #closed: Promise<void> | undefined

  constructor(database: Database, file: string) {
    this.#database = database
    this.#file = file
    this.#identity = identityOf(file)
    const scan = (order: string): Statement<[Uint8Array, Uint8Array, number], Row> =>
      database
        .prepare<[Uint8Array, Uint8Array, number], Row>(
          `SELECT key, value FROM record WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT ?`,
        )
        .raw()
    this.#get = database.prepare<[Uint8Array], Buffer>("SELECT value FROM record WHERE key = ?").pluck()
    this.#scan = scan("ASC")
    this.#scanReverse = scan("DESC")
    this.#put = database.prepare(
      "INSERT INTO record VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    this.#delete = database.prepare("DELETE FROM record WHERE key = ?")
    this.#begin = database.prepare("BEGIN IMMEDIATE")
    this.#end = database.prepare("COMMIT")
  }

  get lost(): AbortSignal {
    return this.#loss.signal
  }

  get(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    this.#checkOpen()
    checkKeys(keys)
    return this.#trying(() =>
      keys.map((key) => {
        const value = this.#get.get(key)
        return value === undefined ? undefined : plain(value)
      }),
    )
  }

  scan(range: Range): readonly Entry[] {
    this.#checkOpen()
    checkRange(range)
    if (!(range.limit >= 1)) return []
    const limit = Number.isFinite(range.limit) ? Math.floor(range.limit) : -1
    const statement = range.reverse ? this.#scanReverse : this.#scan
    return this.#trying(() =>
      statement.all(range.from, range.to, limit).map(([key, value]) => ({ key: plain(key), value: plain(value) })),
    )
  }

  async commit(batch: readonly Write[]): Promise<void> {
    this.#checkOpen()
    checkBatch(batch)
    await this.#commits.add(batch)
  }

  async scrub(): Promise<void> {
    this.#checkOpen()
    this.#commits.flush()
    this.#scrub()
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async #finish(): Promise<void> {
    this.#commits.flush()
    // Those who wait for these commits hear of them before close resolves.
    await new Promise((resolve) => setImmediate(resolve))
    try {
      if (!this.#loss.signal.aborted) this.#scrub()
    } finally {
      // The last connection empties the log and removes it.
      this.#database.close()
    }
  }

  #transact(batches: readonly Batch[]): void {
    this.#trying(() => {
      this.#loss.signal.throwIfAborted()
      this.#unscrubbed = true
      this.#begin.run()
      try {
        for (const batch of batches)
          for (const { key, value } of batch) {
            if (value === undefined) this.#delete.run(key)
            else this.#put.run(key, value)
          }
        this.#end.run()
      } catch (error) {
        // Some failures have rolled back already.
        if (this.#database.inTransaction) this.#database.exec("ROLLBACK")
        throw error
      }
    })
  }

  #scrub(): void {
    this.#trying(() => {
      this.#loss.signal.throwIfAborted()
      if (identityOf(this.#file) !== this.#identity)
        throw storageError("STORE_LOST", "the store's file was removed or replaced")
      if (!this.#unscrubbed) return
      const [result] = this.#database.pragma("wal_checkpoint(TRUNCATE)") as [{ readonly busy: number }]
      if (result.busy !== 0) throw storageError("STORE_FAILED", "the log could not be emptied", { retry: "later" })
      this.#unscrubbed = false
    })
  }

  /** Turns what SQLite throws into an error of the contract, and gives the store up when it can't be trusted any more. */
  #trying<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code === "STORE_DAMAGED" || failure.code === "STORE_LOST")
        this.#loss.abort(storageError("STORE_LOST", "the store was given up after an error", { cause: failure }))
      throw failure
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw storageError("STORE_CLOSED", "this store is closed")
    this.#loss.signal.throwIfAborted()
  }
}

/** What SQLite hands out is a Buffer with memory of its own: the same bytes without Node's type, whose `slice` shares. */
function plain(buffer: Buffer): Uint8Array {
  return buffer.buffer.byteLength === buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
}

/** The file that the path leads to now; the empty string for none. */
function identityOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? "" : `${found.dev}:${found.ino}`
}

import { closeSync, fstatSync, statSync } from "node:fs"
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
import { emptyLog, moveLog } from "./checkpoint.js"
import type { DatabaseFile } from "./database-file.js"
import { type Batch, GroupCommit } from "./group-commit.js"
import { valueBytesMax } from "./schema.js"
import { failureOf } from "./sqlite-errors.js"
import { framesInLog, logBytes } from "./write-ahead-log.js"

/** What stands beside a key: a value, or the number of a long one. */
type Stored = Buffer | number
type Row = [key: Buffer, value: Stored]

/** How many pages the log has at most when a commit begins, or it is moved into the database: 16 MiB. */
const logPagesMax = 4096

/** The owner's view of an open database. */
export class SqliteStorage implements Storage {
  readonly #file: DatabaseFile
  readonly #database: Database
  readonly #loss = new AbortController()
  readonly #commits = new GroupCommit((batches) => this.#transact(batches))
  readonly #get: Statement<[Uint8Array], Stored>
  readonly #getLong: Statement<[number], Buffer>
  readonly #scan: Statement<[Uint8Array, Uint8Array, number], Row>
  readonly #scanReverse: Statement<[Uint8Array, Uint8Array, number], Row>
  readonly #put: Statement<[Uint8Array, Uint8Array | bigint]>
  readonly #putLong: Statement<[Uint8Array]>
  readonly #delete: Statement<[Uint8Array]>
  readonly #begin: Statement<[]>
  readonly #end: Statement<[]>
  /** Since the log was last looked at, a page for each record: records that are neighbours share one. */
  #logPages = 0
  #closed: Promise<void> | undefined

  constructor(file: DatabaseFile) {
    const { database } = file
    this.#file = file
    this.#database = database
    const scan = (order: string): Statement<[Uint8Array, Uint8Array, number], Row> =>
      database
        .prepare<[Uint8Array, Uint8Array, number], Row>(
          `SELECT key, value FROM record WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT ?`,
        )
        .raw()
    this.#get = database.prepare<[Uint8Array], Stored>("SELECT value FROM record WHERE key = ?").pluck()
    this.#getLong = database.prepare<[number], Buffer>("SELECT value FROM long WHERE id = ?").pluck()
    this.#scan = scan("ASC")
    this.#scanReverse = scan("DESC")
    this.#put = database.prepare(
      "INSERT INTO record VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    this.#putLong = database.prepare("INSERT INTO long (value) VALUES (?)")
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
        return value === undefined ? undefined : this.#whole(value)
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
      statement.all(range.from, range.to, limit).map(([key, value]) => ({
        key: plain(key),
        value: this.#whole(value),
      })),
    )
  }

  #whole(stored: Stored): Uint8Array {
    const value = typeof stored === "number" ? this.#getLong.get(stored) : stored
    if (value === undefined) throw storageError("STORE_DAMAGED", "a long value of the store is missing")
    return plain(value)
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
      closeSync(this.#file.handle)
    }
  }

  #transact(batches: readonly Batch[]): void {
    this.#trying(() => {
      this.#loss.signal.throwIfAborted()
      this.#begin.run()
      try {
        for (const batch of batches)
          for (const { key, value } of batch) {
            if (value === undefined) this.#delete.run(key)
            else this.#put.run(key, this.#placed(value))
            this.#logPages += 1 + Math.floor((value?.length ?? 0) / this.#file.pageBytes)
          }
        this.#end.run()
      } catch (error) {
        // Some failures have rolled back already.
        if (this.#database.inTransaction) this.#database.exec("ROLLBACK")
        throw error
      }
    })
    this.#keepLogShort()
  }

  /** What is to stand beside the key: the value, or where it was put. */
  #placed(value: Uint8Array): Uint8Array | bigint {
    return value.length <= valueBytesMax ? value : BigInt(this.#putLong.run(value).lastInsertRowid)
  }

  /** A failure here is not one of the batches, which are durable: the store is given up, or the next commit tries again. */
  #keepLogShort(): void {
    if (this.#logPages <= logPagesMax) return
    try {
      this.#trying(() => {
        this.#logPages = framesInLog(this.#file.log, this.#file.pageBytes)
        if (this.#logPages <= logPagesMax) return
        moveLog(this.#file)
        this.#logPages = 0
      })
    } catch {
      // `lost` says so if it matters.
    }
  }

  #scrub(): void {
    this.#trying(() => {
      this.#loss.signal.throwIfAborted()
      if (!this.#isInPlace()) throw storageError("STORE_LOST", "the store's file was removed or replaced")
      if (logBytes(this.#file.log) > 0) emptyLog(this.#file)
      this.#logPages = 0
    })
  }

  #isInPlace(): boolean {
    const here = statSync(this.#file.file, { bigint: true, throwIfNoEntry: false })
    const mine = fstatSync(this.#file.handle, { bigint: true })
    return here?.ino === mine.ino && here.dev === mine.dev
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

/**
 * What SQLite hands out is a Buffer with memory of its own: the same bytes without Node's type, whose `slice` shares. A page that somebody changed can
 * hold a number or a text in its place.
 */
function plain(buffer: Buffer): Uint8Array {
  if (!Buffer.isBuffer(buffer)) throw storageError("STORE_DAMAGED", "a record of the store is not what was written")
  return buffer.buffer.byteLength === buffer.byteLength ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer)
}

import { existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import { randomBytes } from "node:crypto"
import { ColloquyError } from "@colloquy/core"
import Database from "better-sqlite3"

export interface StoredPayload {
  readonly sequence: number
  readonly topic: string
  readonly payload: Uint8Array
}

export interface StorePublication {
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly topic: string
  readonly payload: Uint8Array
}

/** Where a payload stands, without its bytes. */
export interface Position {
  readonly sequence: number
  readonly topic: string
}

const dataFile = "hub.sqlite"
/** What a payload costs besides its own bytes, for the retention by size. */
const overheadBytes = 128

const formatVersion = 1
const topicsCachedMax = 50_000
const schema = `
  CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    scope BLOB NOT NULL,
    head INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    payloads INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    dropped_all INTEGER NOT NULL
  );
  CREATE TABLE topics (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dropped INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE payloads (
    sequence INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL,
    id BLOB NOT NULL UNIQUE,
    time_ms INTEGER NOT NULL,
    payload BLOB NOT NULL
  );
  CREATE INDEX payloads_topic ON payloads (topic);
`

interface State {
  /** The sequence of the newest payload there ever was. */
  head: number
  /** The time of the newest payload: times never run backwards along the sequence. */
  time_ms: number
  bytes: number
  payloads: number
  /** Nothing up to this sequence is kept. */
  dropped: number
  /** Up to here payloads were dropped whose topics are not remembered any more. */
  dropped_all: number
}

/**
 * The hub's log on SQLite: one global sequence, each publication id once. Every commit is on disk when `append` returns (WAL, synchronous=FULL).
 * One process owns it (locking_mode=EXCLUSIVE).
 */
export class Store {
  readonly scope: Uint8Array
  readonly #db: Database.Database
  readonly #state: State
  readonly #topicIds = new Map<string, number>()
  readonly #statements

  private constructor(db: Database.Database, row: State & { scope: Uint8Array }) {
    const { scope, ...state } = row
    this.scope = new Uint8Array(scope)
    this.#db = db
    this.#state = state
    this.#statements = prepare(db)
  }

  /** Throws `HUB_DATA_IN_USE`, `HUB_DATA_NOT_WRITABLE`, `HUB_DATA_DAMAGED`, `HUB_DATA_VERSION`. */
  static open(dataDir: string, options: { readonly create: boolean } = { create: true }): Store {
    let db: Database.Database | undefined
    try {
      if (options.create) makeFolder(dataDir)
      db = new Database(join(dataDir, dataFile), { timeout: 0, fileMustExist: !options.create })
      db.pragma("locking_mode = EXCLUSIVE")
      db.pragma("journal_mode = WAL")
      db.pragma("synchronous = FULL")
      db.pragma("wal_autocheckpoint = 4000")
      db.pragma("cache_size = -65536")
      db.exec("BEGIN EXCLUSIVE")
      const version = db.pragma("user_version", { simple: true }) as number
      if (version > formatVersion)
        throw new ColloquyError("HUB_DATA_VERSION", "the hub's data was written by a newer version", {
          fields: { version },
        })
      if (version === 0) {
        db.exec(schema)
        db.prepare("INSERT INTO state VALUES (1, ?, 0, 0, 0, 0, 0, 0)").run(randomBytes(16))
        db.pragma(`user_version = ${formatVersion}`)
      }
      db.exec("COMMIT")
      const row = db.prepare<[], State & { scope: Uint8Array; only: number }>("SELECT * FROM state").get()
      if (row === undefined || row.scope.length !== 16)
        throw new ColloquyError("HUB_DATA_DAMAGED", "the hub's data has no state")
      const { only: _, ...state } = row
      return new Store(db, state)
    } catch (error) {
      db?.close()
      throw openError(error)
    }
  }

  get head(): number {
    return this.#state.head
  }

  get droppedThrough(): number {
    return this.#state.dropped
  }

  get payloads(): number {
    return this.#state.payloads
  }

  get bytes(): number {
    return this.#state.bytes
  }

  /**
   * Stores all of them or none, durably. The result has, in their order, the sequence of each, and `undefined` where the id was there before.
   * Throws what SQLite throws, a full disk included.
   */
  append(publications: readonly StorePublication[], nowMs: number): readonly (number | undefined)[] {
    const next: State = { ...this.#state, time_ms: Math.max(nowMs, this.#state.time_ms) }
    const topicsBefore = new Set<string>()
    const sequences: (number | undefined)[] = []
    this.#db.exec("BEGIN")
    try {
      for (const { id, topic, payload } of publications) {
        const topicId = this.#topicId(topic, topicsBefore)
        const sequence = next.head + 1
        const isNew = this.#statements.insert.run(sequence, topicId, id, next.time_ms, payload).changes === 1
        sequences.push(isNew ? sequence : undefined)
        if (!isNew) continue
        next.head = sequence
        next.bytes += payload.length + overheadBytes
        next.payloads++
      }
      this.#write(next)
      this.#db.exec("COMMIT")
    } catch (error) {
      if (this.#db.inTransaction) this.#db.exec("ROLLBACK")
      for (const topic of topicsBefore) this.#topicIds.delete(topic)
      throw error
    }
    Object.assign(this.#state, next)
    return sequences
  }

  /** The payload's bytes; `undefined` once it is dropped. */
  payload(sequence: number): Uint8Array | undefined {
    return this.#statements.payload.get(sequence)
  }

  /** The publication's id; `undefined` once it is dropped. */
  idOf(sequence: number): Uint8Array | undefined {
    return this.#statements.idOf.get(sequence)
  }

  /** Sequences of one topic's payloads, ascending. */
  ofTopic(topic: string, after: number, through: number, limit: number): number[] {
    const topicId = this.#knownTopicId(topic)
    return topicId === undefined ? [] : this.#statements.ofTopic.all(topicId, after, through, limit)
  }

  /** Positions of all topics' payloads, ascending. */
  scan(after: number, through: number, limit: number): Position[] {
    return this.#statements.scan.all(after, through, limit)
  }

  /** The newest sequence of a topic; 0 when nothing of it is kept. */
  headOf(topic: string): number {
    const topicId = this.#knownTopicId(topic)
    return topicId === undefined ? 0 : (this.#statements.headOf.get(topicId) ?? 0)
  }

  /** Payloads of the topic up to this sequence may be gone; 0 when none was dropped. */
  droppedOf(topic: string): number {
    return this.#statements.droppedOf.get(topic) ?? 0
  }

  get droppedOfForgottenTopics(): number {
    return this.#state.dropped_all
  }

  /** The newest sequence before this time. */
  before(timeMs: number): number {
    let [low, high] = [this.#state.dropped, this.#state.head]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const time = this.#statements.timeAt.get(middle)
      if (time !== undefined && time < timeMs) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Drops the oldest payloads from before this time, and as many as are too much, at most 1,000. Returns how many. */
  drop(beforeMs: number, bytesMax: number): number {
    let [bytes, count, through] = [this.#state.bytes, 0, this.#state.dropped]
    for (const { sequence, time_ms, size } of this.#statements.oldest.all()) {
      if (time_ms >= beforeMs && bytes <= bytesMax) break
      bytes -= size + overheadBytes
      count++
      through = sequence
    }
    if (count === 0) return 0
    const next = { ...this.#state, bytes, payloads: this.#state.payloads - count, dropped: through }
    this.#transaction(() => {
      for (const { topic, last } of this.#statements.dropping.all(through)) this.#statements.setDropped.run(last, topic)
      this.#statements.delete.run(through)
      this.#write(next)
    })
    Object.assign(this.#state, next)
    return count
  }

  /** Forgets topics without payloads when there are too many; readers behind them are told of a gap in all topics. */
  forgetTopics(keptMax: number): void {
    const excess = (this.#statements.topicCount.get() ?? 0) - keptMax
    if (excess <= 0) return
    const next = { ...this.#state }
    this.#transaction(() => {
      for (const { id, dropped } of this.#statements.emptyTopics.all(excess)) {
        this.#statements.deleteTopic.run(id)
        next.dropped_all = Math.max(next.dropped_all, dropped)
      }
      this.#write(next)
    })
    this.#topicIds.clear()
    Object.assign(this.#state, next)
  }

  /** The log, oldest first, for people to look at. */
  *inspect(): Generator<{ sequence: number; topic: string; timeMs: number; bytes: number; first: Uint8Array }> {
    yield* this.#statements.inspect.iterate()
  }

  close(): void {
    this.#db.close()
  }

  #knownTopicId(topic: string): number | undefined {
    const cached = this.#topicIds.get(topic)
    if (cached !== undefined) return cached
    const id = this.#statements.topicId.get(topic)
    if (id !== undefined) this.#remember(topic, id)
    return id
  }

  #topicId(topic: string, added: Set<string>): number {
    const known = this.#knownTopicId(topic)
    if (known !== undefined) return known
    const id = Number(this.#statements.addTopic.run(topic).lastInsertRowid)
    added.add(topic)
    this.#remember(topic, id)
    return id
  }

  #remember(topic: string, id: number): void {
    if (this.#topicIds.size >= topicsCachedMax) this.#topicIds.clear()
    this.#topicIds.set(topic, id)
  }

  #write(state: State): void {
    this.#statements.setState.run(state)
  }

  #transaction(work: () => void): void {
    this.#db.transaction(work)()
  }
}

function prepare(db: Database.Database) {
  const oldestMax = 1000
  return {
    insert: db.prepare<[number, number, Uint8Array, number, Uint8Array]>(
      "INSERT INTO payloads VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    ),
    setState: db.prepare<[State]>(
      `UPDATE state SET head = @head, time_ms = @time_ms, bytes = @bytes, payloads = @payloads, dropped = @dropped,
         dropped_all = @dropped_all`,
    ),
    payload: db.prepare<[number], Uint8Array>("SELECT payload FROM payloads WHERE sequence = ?").pluck(),
    idOf: db.prepare<[number], Uint8Array>("SELECT id FROM payloads WHERE sequence = ?").pluck(),
    ofTopic: db
      .prepare<[number, number, number, number], number>(
        "SELECT sequence FROM payloads WHERE topic = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?",
      )
      .pluck(),
    scan: db.prepare<[number, number, number], Position>(
      `SELECT sequence, name AS topic FROM payloads JOIN topics ON topics.id = payloads.topic
         WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?`,
    ),
    headOf: db
      .prepare<[number], number>("SELECT sequence FROM payloads WHERE topic = ? ORDER BY sequence DESC LIMIT 1")
      .pluck(),
    droppedOf: db.prepare<[string], number>("SELECT dropped FROM topics WHERE name = ?").pluck(),
    timeAt: db
      .prepare<[number], number>("SELECT time_ms FROM payloads WHERE sequence >= ? ORDER BY sequence LIMIT 1")
      .pluck(),
    oldest: db.prepare<[], { sequence: number; time_ms: number; size: number }>(
      `SELECT sequence, time_ms, length(payload) AS size FROM payloads ORDER BY sequence LIMIT ${oldestMax}`,
    ),
    dropping: db.prepare<[number], { topic: number; last: number }>(
      "SELECT topic, max(sequence) AS last FROM payloads WHERE sequence <= ? GROUP BY +topic",
    ),
    setDropped: db.prepare<[number, number]>("UPDATE topics SET dropped = ? WHERE id = ?"),
    delete: db.prepare<[number]>("DELETE FROM payloads WHERE sequence <= ?"),
    topicId: db.prepare<[string], number>("SELECT id FROM topics WHERE name = ?").pluck(),
    addTopic: db.prepare<[string]>("INSERT INTO topics (name) VALUES (?)"),
    topicCount: db.prepare<[], number>("SELECT count(*) FROM topics").pluck(),
    emptyTopics: db.prepare<[number], { id: number; dropped: number }>(
      `SELECT id, dropped FROM topics WHERE NOT EXISTS (SELECT 1 FROM payloads WHERE payloads.topic = topics.id)
         ORDER BY dropped LIMIT ?`,
    ),
    deleteTopic: db.prepare<[number]>("DELETE FROM topics WHERE id = ?"),
    inspect: db.prepare<[], { sequence: number; topic: string; timeMs: number; bytes: number; first: Uint8Array }>(
      `SELECT sequence, name AS topic, time_ms AS timeMs, length(payload) AS bytes, substr(payload, 1, 32) AS first
         FROM payloads JOIN topics ON topics.id = payloads.topic ORDER BY sequence`,
    ),
  }
}

/** Node's own recursive form never returns where the parent exists and the folder still can't be made, as under `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}

function openError(error: unknown): ColloquyError {
  if (error instanceof ColloquyError) return error
  const code = (error as { code?: string }).code ?? ""
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"))
    return new ColloquyError("HUB_DATA_IN_USE", "another hub has this data", { retry: "later", cause: error })
  if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB"))
    return new ColloquyError("HUB_DATA_DAMAGED", "the hub's data is damaged", { cause: error })
  return new ColloquyError("HUB_DATA_NOT_WRITABLE", "the hub's data can't be written", { cause: error })
}

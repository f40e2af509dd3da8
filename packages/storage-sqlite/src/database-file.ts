import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from "node:fs"
import { dirname } from "node:path"
import { storageError } from "@colloquy/core"
import Database from "better-sqlite3"
import { emptyLog } from "./checkpoint.js"
import { formatVersion, objects, objectsOf } from "./schema.js"
import type { SqliteOptions } from "./sqlite-options.js"
import { openingError } from "./sqlite-errors.js"
import { logBytes } from "./write-ahead-log.js"

/** "CLQY": marks the file as a store of Colloquy. */
const applicationId = 0x43_4c_51_59
const pageBytes = 4096

export interface DatabaseFile {
  readonly database: Database.Database
  /** Without symbolic links, since SQLite keeps the log beside the file itself. */
  readonly file: string
  /** The write-ahead log beside it. */
  readonly log: string
  readonly pageBytes: number
  /** Open for writing. On POSIX systems closing it drops the lock, so that the database has to be closed first. */
  readonly handle: number
}

/** Takes the file exclusively and leaves it checked, in WAL mode, with an empty log. Throws the errors of `OpenStorage`. */
export function openDatabase(path: string, options: SqliteOptions): DatabaseFile {
  let database: Database.Database | undefined
  let handle: number | undefined
  try {
    createFile(path)
    const file = realpathSync(path)
    database = new Database(file, { timeout: 0 })
    configure(database, options)
    const log = `${file}-wal`
    own(database, file, log)
    handle = openSync(file, "r+")
    const opened = { database, file, log, pageBytes, handle }
    emptyLog(opened)
    return opened
  } catch (error) {
    try {
      database?.close()
    } catch {
      // The first error says more.
    }
    if (handle !== undefined) closeSync(handle)
    throw openingError(error)
  }
}

/** SQLite would make the file readable by others. It is only created here, never opened: closing it would drop the owner's lock. */
function createFile(file: string): void {
  const folder = dirname(file)
  makeFolder(folder)
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    const found = statSync(file)
    // SQLite takes a file of one byte for an empty one, and would write to a device.
    const isNone = found.isFile() ? found.size === 1 : !found.isDirectory()
    if (isNone) throw storageError("STORE_DAMAGED", "the file is not a store of Colloquy")
    // It would go on with a file that it can only read, as far as the lock.
    accessSync(file, constants.R_OK | constants.W_OK)
    return
  }
  if (process.platform === "win32") return
  const handle = openSync(folder, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
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

function configure(database: Database.Database, options: SqliteOptions): void {
  database.pragma(`page_size = ${pageBytes}`)
  // Before the first access, so that the index of the log stays in memory and no other process can join.
  database.pragma("locking_mode = EXCLUSIVE")
  database.pragma("synchronous = FULL")
  database.pragma("fullfsync = ON")
  database.pragma("checkpoint_fullfsync = ON")
  database.pragma("secure_delete = ON")
  // Checkpoints are ours: SQLite's own would leave remnants behind that no later scrub knows of.
  database.pragma("wal_autocheckpoint = 0")
  // No value may land in a temporary file.
  database.pragma("temp_store = MEMORY")
  database.pragma("mmap_size = 0")
  database.pragma("trusted_schema = OFF")
  database.pragma("cell_size_check = ON")
  database.pragma(`cache_size = -${Math.max(1, Math.floor((options.cacheBytes ?? 16 * 1024 * 1024) / 1024))}`)
  if (options.bytesMax !== undefined)
    database.pragma(`max_page_count = ${Math.max(1, Math.floor(options.bytesMax / pageBytes))}`)
}

/** Looks before it writes: a file that is not ours stays as it was. */
function own(database: Database.Database, file: string, log: string): void {
  database.exec("BEGIN EXCLUSIVE")
  const found = database.pragma("application_id", { simple: true })
  const version = database.pragma("user_version", { simple: true }) as number
  const there = database.prepare("SELECT sql FROM sqlite_schema").pluck().all()
  if (found === 0 && version === 0 && there.length === 0) {
    database.pragma(`application_id = ${applicationId}`)
  } else if (found !== applicationId) {
    throw storageError("STORE_DAMAGED", "the file is not a store of Colloquy")
  } else if (version > formatVersion) {
    throw storageError("STORE_VERSION", `the store has format ${version}, this version knows up to ${formatVersion}`)
  } else if (
    version < 1 ||
    database.pragma("page_size", { simple: true }) !== pageBytes ||
    objectsOf(version).join(";") !== there.join(";")
  ) {
    throw storageError("STORE_DAMAGED", "the store's table is not what it must be")
  } else if (logBytes(log) === 0) {
    checkSize(database, file)
  }
  for (const sql of objects.slice(there.length)) database.exec(sql)
  // Written each time, since it shows whether the file can be written.
  database.pragma(`user_version = ${formatVersion}`)
  database.exec("COMMIT")
  if (database.pragma("journal_mode = WAL", { simple: true }) !== "wal")
    throw storageError("STORE_FAILED", "the file system does not support a write-ahead log")
}

/** SQLite reads zeros where the last page is cut short. Unless a log has the rest, the file has to be whole. */
function checkSize(database: Database.Database, file: string): void {
  const pages = database.pragma("page_count", { simple: true }) as number
  const bytesAPage = database.pragma("page_size", { simple: true }) as number
  if (statSync(file).size < pages * bytesAPage) throw storageError("STORE_DAMAGED", "the file is cut short")
}

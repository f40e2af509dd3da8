import { ColloquyError, storageError, type StorageErrorCode } from "@colloquy/core"
import Database from "better-sqlite3"

/** A short read is a page that the file ends in. */
const damaged = /^SQLITE_(NOTADB|CORRUPT|IOERR_SHORT_READ|IOERR_CORRUPTFS)/
const notWritable = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOTDIR",
  "EISDIR",
  "ENOENT",
  "EEXIST",
  "ELOOP",
  "ENAMETOOLONG",
])

/** The error of `OpenStorage` for what SQLite or the file system threw while opening. */
export function openingError(error: unknown): ColloquyError {
  if (error instanceof ColloquyError) return error
  const code = codeOf(error)
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return storageError("STORE_IN_USE", "another process or client has this store open", {
      cause: error,
      retry: "later",
    })
  // The statements of opening are always the same: an error in one of them lies in the file.
  if (damaged.test(code) || code === "SQLITE_ERROR")
    return storageError("STORE_DAMAGED", "the file is damaged, or not a store of Colloquy", { cause: error })
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/.test(code) || notWritable.has(code))
    return storageError("STORE_NOT_WRITABLE", "the store's file can't be created or written there", { cause: error })
  if (code === "SQLITE_FULL" || code === "ENOSPC" || code === "EDQUOT")
    return storageError("STORE_FULL", "there is no room for the store", { cause: error, retry: "later" })
  return storageError("STORE_FAILED", "the store could not be opened", { cause: error })
}

/** What a failure in an open store means; with `STORE_DAMAGED` and `STORE_LOST` nothing can be trusted any more. */
export function failureOf(error: unknown): ColloquyError {
  if (error instanceof ColloquyError) return error
  const [code, message]: [StorageErrorCode, string] = describe(codeOf(error))
  const retry = code === "STORE_FULL" || code === "STORE_FAILED" ? "later" : "never"
  return storageError(code, message, { cause: error, retry })
}

function describe(code: string): [StorageErrorCode, string] {
  if (code === "SQLITE_FULL") return ["STORE_FULL", "there is no room to write"]
  if (damaged.test(code)) return ["STORE_DAMAGED", "the store's file is damaged"]
  if (/^SQLITE_(IOERR|CANTOPEN|READONLY|PROTOCOL)/.test(code))
    return ["STORE_LOST", "the store's file can't be used any more"]
  return ["STORE_FAILED", "the database refused"]
}

function codeOf(error: unknown): string {
  if (error instanceof Database.SqliteError) return error.code
  const code = (error as { readonly code?: unknown } | null | undefined)?.code
  return typeof code === "string" ? code : ""
}

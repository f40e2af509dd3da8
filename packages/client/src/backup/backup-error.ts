import { ColloquyError } from "@colloquy/core"

/**
 * `BACKUP_FORMAT`: this is no backup. `BACKUP_VERSION`: one of a later format. `BACKUP_WRONG_PASSPHRASE`: another passphrase or key seals it.
 * `BACKUP_TRUNCATED`: its end is missing. `BACKUP_DAMAGED`: it is not as it was written.
 */
export type BackupErrorCode =
  "BACKUP_FORMAT" | "BACKUP_VERSION" | "BACKUP_WRONG_PASSPHRASE" | "BACKUP_TRUNCATED" | "BACKUP_DAMAGED"

export function backupError(code: BackupErrorCode, message: string): ColloquyError<BackupErrorCode> {
  return new ColloquyError(code, message)
}

export function damaged(what: string): ColloquyError<BackupErrorCode> {
  return backupError("BACKUP_DAMAGED", `the backup is damaged: ${what}`)
}

export function truncated(): ColloquyError<BackupErrorCode> {
  return backupError("BACKUP_TRUNCATED", "the end of the backup is missing")
}

import { readPassphrase } from "./read-passphrase.js"

export interface BackupOptions {
  /** The file with the passphrase of the backup. */
  readonly backupPassphraseFile?: string
}

/** The passphrase of a backup: from the file where one is named, else from `COLLOQUY_BACKUP_PASSPHRASE`, else the profile's. */
export function backupPassphrase(options: BackupOptions, profiles: string, stop: AbortSignal): Promise<string> {
  return readPassphrase({
    file: options.backupPassphraseFile,
    environment: { COLLOQUY_PASSPHRASE: process.env["COLLOQUY_BACKUP_PASSPHRASE"] ?? profiles },
    isNew: false,
    stop,
  })
}

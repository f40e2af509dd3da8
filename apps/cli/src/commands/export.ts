import { writeBackup } from "../files/backup-file.js"
import { printable } from "../output/printable.js"
import { backupPassphrase, type BackupOptions } from "../passphrase/backup-passphrase.js"
import { readPassphrase } from "../passphrase/read-passphrase.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

/** Writes a backup of the profile. */
export async function exportProfile(settings: Settings, file: string, options: BackupOptions): Promise<void> {
  const { output, passphraseFile, stop } = settings
  const secret = await readPassphrase({ file: passphraseFile, environment: process.env, isNew: false, stop })
  const sealing = await backupPassphrase(options, secret, stop)
  const { passphrase } = await import("colloquy")
  const bytes = await withProfile(settings, { connect: false, secret }, ({ client }) =>
    writeBackup(file, client.export({ unlock: passphrase(sealing) }), stop),
  )
  await output.result({ file, bytes }, () => [
    `A backup of the profile is in ${printable(file)}: ${Math.ceil(bytes / 1024).toLocaleString("en")} KiB.`,
  ])
  await output.hint("Whoever has it and its passphrase is you: keep both safe, and apart.")
}

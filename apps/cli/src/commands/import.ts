import { readBackup } from "../files/backup-file.js"
import { printable } from "../output/printable.js"
import { isoTime, localTime } from "../output/times.js"
import { backupPassphrase, type BackupOptions } from "../passphrase/backup-passphrase.js"
import { newProfile } from "../profile/make-profile.js"
import type { Settings } from "../settings.js"

/** Makes a profile from a backup. */
export async function importProfile(settings: Settings, file: string, options: BackupOptions): Promise<void> {
  const { output, profile, stop } = settings
  const imported = await newProfile(settings, async (storage, secret) => {
    const { Client, passphrase } = await import("colloquy")
    const backupUnlock = passphrase(await backupPassphrase(options, secret, stop))
    const source = readBackup(file, stop)
    return Client.import({ storage, unlock: passphrase(secret), source, backupUnlock, signal: stop })
  })
  const { participant, name, conversations, messages, writtenAtMs } = imported
  const result = { participant, name, profile, conversations, messages, writtenAt: isoTime(writtenAtMs) }
  await output.result(result, () => [
    `The profile in ${printable(profile)} has ${count(conversations, "conversation")} and ${count(messages, "message")},`,
    `as of ${localTime(writtenAtMs, Date.now())}. Your identity is`,
    participant,
  ])
  await output.hint("Use it here only: two copies of one profile break each other's conversations.")
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`
}

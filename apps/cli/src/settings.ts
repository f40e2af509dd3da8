import type { Output } from "./output/output.js"

/** What every command is given, whichever it is. */
export interface Settings {
  /** The folder of the profile. */
  readonly profile: string
  /** The delivery service's URL. */
  readonly delivery: string
  readonly offline: boolean
  readonly passphraseFile: string | undefined
  readonly output: Output
  /** Aborts when the person wants the command to end (SIGINT, SIGTERM, SIGHUP). */
  readonly stop: AbortSignal
}

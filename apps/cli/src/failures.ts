import { OutputFailed } from "./output/output.js"

/** What a command ends with. */
export const exitCodes = {
  done: 0,
  failure: 1,
  usage: 2,
  passphrase: 3,
  inUse: 4,
  noProfile: 5,
} as const

export interface Failure {
  readonly code: string
  readonly message: string
  readonly exitCode: number
}

/** What people can do about it, where the error's own words don't say. */
const advice: Readonly<Record<string, string>> = {
  WRONG_PASSPHRASE: "the passphrase is wrong",
  STORE_IN_USE:
    "another command uses this profile, perhaps a `listen`: end that one first, or name another profile with --profile",
  STORE_DAMAGED: "the profile is damaged, or is none",
  STORE_VERSION: "the profile was written by a newer version of colloquy",
  STORE_NOT_WRITABLE: "the profile can't be written: look at the folder and its permissions",
  STORE_FULL: "there is no room on the disk",
  INTRODUCTION_MALFORMED: "this is no introduction: one begins with colloquy_intro_1_",
  INTRODUCTION_TRUNCATED: "the end of this introduction is missing: copy the whole of it",
  INTRODUCTION_TOO_LONG: "this is too long for an introduction",
  INTRODUCTION_VERSION: "this introduction is of another version of colloquy",
  INTRODUCTION_FORGED: "this introduction was altered, or its signature is not its owner's",
  INTRODUCTION_EXPIRED: "this introduction has expired: ask for a new one",
  INTRODUCTION_EARLY: "this introduction was made in the future: one of two clocks is wrong",
  INTRODUCTION_OWN: "this introduction is your own: give it to someone else",
  PV1_NO_INTRODUCTION:
    "there is nothing yet to begin anew with: the other side sends it a minute after you converse; converse anew if it never comes",
  CANNOT_SEND: "nothing can be sent in this conversation: begin another one with a new introduction",
  BAD_DURATION: "messages disappear after one second to ten years",
  DELIVERY_BAD_ADDRESS: "the delivery service's URL must be like ws://127.0.0.1:4280",
  CURSOR_EXPIRED: "the events after this cursor are no longer kept: listen without --after",
  BAD_CURSOR: "this is no cursor: take one from the output of the same command",
  BAD_EXPIRY: "an introduction is good for one second to 90 days",
  BACKUP_FORMAT: "this file is no backup",
  BACKUP_VERSION: "the backup was written by a newer version of colloquy",
  BACKUP_WRONG_PASSPHRASE:
    "the backup has another passphrase: name it with --backup-passphrase-file or COLLOQUY_BACKUP_PASSPHRASE",
  BACKUP_TRUNCATED: "the end of the backup is missing: copy the whole of it",
  BACKUP_DAMAGED: "the backup is damaged: nothing was imported",
  HUB_PORT_IN_USE: "the port is in use: another hub runs there, or name another one with --port",
  HUB_DATA_IN_USE: "another hub uses this data: end that one first, or name another folder with --data",
}

const exits: Readonly<Record<string, number>> = {
  WRONG_PASSPHRASE: exitCodes.passphrase,
  BACKUP_WRONG_PASSPHRASE: exitCodes.passphrase,
  PASSPHRASE_MISSING: exitCodes.passphrase,
  PASSPHRASE_EMPTY: exitCodes.passphrase,
  PASSPHRASE_FILE: exitCodes.passphrase,
  PASSPHRASE_MISTYPED: exitCodes.passphrase,
  STORE_IN_USE: exitCodes.inUse,
  HUB_DATA_IN_USE: exitCodes.inUse,
  NO_PROFILE: exitCodes.noProfile,
  NO_ACCOUNT: exitCodes.noProfile,
  INTERRUPTED: 130,
  HUB_BAD_OPTION: exitCodes.usage,
  DELIVERY_BAD_ADDRESS: exitCodes.usage,
  USAGE: exitCodes.usage,
  DOCUMENT_MISSING: exitCodes.usage,
  DOCUMENT_UNKNOWN: exitCodes.usage,
  REPORT_UNREADABLE: exitCodes.usage,
  TYPE_AMBIGUOUS: exitCodes.usage,
  TYPE_NOT_THERE: exitCodes.usage,
  MODULE_UNREADABLE: exitCodes.usage,
  MODULE_EMPTY: exitCodes.usage,
  FIXTURE_BAD: exitCodes.usage,
}

/** An error as a person and a script are told of it. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof OutputFailed)
    return { code: "OUTPUT_FAILED", message: error.message, exitCode: exitCodes.failure }
  const code = codeOfAny(error)
  if (code === undefined) {
    const { name, message } = error instanceof Error ? error : { name: typeof error, message: "" }
    return { code: "UNEXPECTED", message: `this should not happen: ${name}: ${message}`, exitCode: exitCodes.failure }
  }
  const { message, fields } = error as { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }
  return {
    code,
    message: used(code, fields) ?? advice[code] ?? message,
    exitCode: exits[code] ?? (code.startsWith("BAD_") ? exitCodes.usage : exitCodes.failure),
  }
}

/** Of a ColloquyError, without loading the class: help and bad usage are answered before anything else is loaded. */
function codeOfAny(error: unknown): string | undefined {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown }
  return name === "ColloquyError" && typeof code === "string" ? code : undefined
}

function used(code: string, fields: Readonly<Record<string, unknown>>): string | undefined {
  const { conversation } = fields
  if (code !== "INTRODUCTION_CONSUMED" || typeof conversation !== "string") return undefined
  return `you have used this introduction before: the conversation is ${conversation}`
}

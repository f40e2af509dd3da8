import { ColloquyError, concat, type Crypto, equalBytes, le32, type PasswordCost, utf8 } from "@colloquy/core"
import { backupError, damaged, truncated } from "./backup-error.js"
import { type BackupUnlock, isBearable } from "./backup-unlock.js"

/** The length of the header, in bytes (BK-2). */
export const headerBytes = 122

interface OpenPart {
  readonly kind: BackupUnlock["kind"]
  readonly cost: PasswordCost
  /** 16 bytes. */
  readonly salt: Uint8Array
  /** 24 bytes. */
  readonly nonce: Uint8Array
}

export const magicText = "ColloqBk"
const magic = utf8(magicText)
export const version = 1
const kinds = ["passphrase", "key"] as const
const openBytes = 58
const bodyBytes = 106
export const checksumLabelText = "colloquy/backup/1/checksum"
const checksumLabel = utf8(checksumLabelText)
export const wrapLabelText = "colloquy/backup/1/wrap"
const wrapLabel = utf8(wrapLabelText)

/** A header that keeps the file key for whoever has the unlock. Throws `BAD_PASSWORD_COST` outside the limits. */
export function sealHeader(
  environment: { readonly crypto: Crypto; readonly random: (bytes: number) => Uint8Array },
  unlock: BackupUnlock,
  fileKey: Uint8Array,
): Uint8Array {
  const { crypto, random } = environment
  const { kind, cost } = unlock
  if (!isBearable(kind, cost))
    throw new ColloquyError("BAD_PASSWORD_COST", "the cost of the backup's passphrase is outside its limits")
  const open = { kind, cost, salt: random(16), nonce: random(24) }
  const key = wrappingKey(crypto, unlock, open)
  try {
    const bytes = encodeOpenPart(open)
    const body = concat(bytes, crypto.sealX(key, open.nonce, fileKey, bytes))
    return concat(body, checksum(crypto, body))
  } finally {
    crypto.wipe(key)
  }
}

/**
 * The file key of 32 bytes, which the caller wipes. Checks in the order of BK-3, so that a wrong passphrase is never taken for damage, nor the
 * reverse, and nothing is paid for a header that asks for too much. Throws `BACKUP_FORMAT`, `BACKUP_TRUNCATED`, `BACKUP_DAMAGED`,
 * `BACKUP_VERSION`, `BACKUP_WRONG_PASSPHRASE`.
 */
export function openHeader(crypto: Crypto, unlock: BackupUnlock, bytes: Uint8Array): Uint8Array {
  const beginning = bytes.subarray(0, magic.length)
  if (!equalBytes(beginning, magic.subarray(0, beginning.length)))
    throw backupError("BACKUP_FORMAT", "this is no backup of Colloquy")
  if (bytes.length < headerBytes) throw truncated()
  const body = bytes.subarray(0, bodyBytes)
  if (!equalBytes(checksum(crypto, body), bytes.subarray(bodyBytes))) throw damaged("its header is not as it was")
  const found = body[8] as number
  if (found > version)
    throw backupError("BACKUP_VERSION", `the backup has format ${found}, this version knows up to ${version}`)
  const kind = kinds[(body[9] as number) - 1]
  if (found !== version || kind === undefined) throw damaged("its header names no format")
  const view = new DataView(body.buffer, body.byteOffset)
  const cost = { operations: view.getUint32(10, true), memoryBytes: view.getUint32(14, true) * 1024 }
  if (!isBearable(kind, cost)) throw damaged("its header asks for too much work")
  if (unlock.kind !== kind) throw wrong(`the backup opens with a ${kind}, not with a ${unlock.kind}`)
  const key = wrappingKey(crypto, unlock, { cost, salt: body.slice(18, 34) })
  try {
    const fileKey = crypto.openX(key, body.slice(34, openBytes), body.slice(openBytes), body.slice(0, openBytes))
    if (fileKey === undefined) throw wrong(`this is not the backup's ${kind}`)
    return fileKey
  } finally {
    crypto.wipe(key)
  }
}

function encodeOpenPart({ kind, cost, salt, nonce }: OpenPart): Uint8Array {
  const numbers = [le32(cost.operations), le32(cost.memoryBytes / 1024)]
  return concat(magic, Uint8Array.of(version, kinds.indexOf(kind) + 1), ...numbers, salt, nonce)
}

function wrappingKey(crypto: Crypto, unlock: BackupUnlock, { salt, cost }: Pick<OpenPart, "salt" | "cost">) {
  const secret = unlock.wrappingSecret(crypto, salt, cost)
  try {
    return crypto.hash(wrapLabel, 32, secret)
  } finally {
    crypto.wipe(secret)
  }
}

/** Tells damage from a wrong passphrase. It protects from accidents; the tag of the wrapped key does from people. */
function checksum(crypto: Crypto, body: Uint8Array): Uint8Array {
  return crypto.hash(body, 16, checksumLabel)
}

function wrong(message: string): ColloquyError {
  return backupError("BACKUP_WRONG_PASSPHRASE", message)
}

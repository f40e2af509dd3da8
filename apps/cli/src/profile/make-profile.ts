import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs"
import { dirname } from "node:path"
import { ColloquyError } from "@colloquy/core"
import type { Participant } from "colloquy"
import { readPassphrase } from "../passphrase/read-passphrase.js"
import type { Settings } from "../settings.js"
import { storeFile } from "./location.js"

/**
 * Makes a profile with a new identity. It is made aside and put in place when it is complete, so that there is a whole one or none, and never
 * over another one. Throws `PROFILE_EXISTS`, `STORE_NOT_WRITABLE`, and what {@link readPassphrase} and `Client.open` throw.
 */
export async function makeProfile(settings: Settings, name: string): Promise<Participant> {
  const { profile, passphraseFile, stop } = settings
  const file = storeFile(profile)
  const exists = (): ColloquyError =>
    new ColloquyError("PROFILE_EXISTS", `there is a profile in ${profile} already: nothing was changed`)
  if (existsSync(file)) throw exists()
  makeFolder(profile)
  const secret = await readPassphrase({ file: passphraseFile, environment: process.env, isNew: true, stop })
  const [{ Client, passphrase }, { sqlite }] = await Promise.all([import("colloquy"), import("colloquy/node")])
  const aside = `${file}.${process.pid}.new`
  try {
    const storage = sqlite(aside)
    const client = await Client.open({ storage, unlock: passphrase(secret), account: "create", name, signal: stop })
    await client.close()
    putInPlace(aside, file)
    return client.participant
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw exists()
    throw error
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${aside}${suffix}`, { force: true })
  }
}

/** Fails with `EEXIST` rather than replace what is there; on file systems without links it can only look before. */
function putInPlace(aside: string, file: string): void {
  try {
    linkSync(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" || existsSync(file)) throw error
    renameSync(aside, file)
  }
  if (process.platform === "win32") return
  const folder = openSync(dirname(file), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Node's own recursive form never returns where the parent exists and the folder still can't be made, as under `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return
    throw new ColloquyError("STORE_NOT_WRITABLE", `the folder ${folder} can't be made`, { cause })
  }
}

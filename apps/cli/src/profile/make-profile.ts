import { existsSync, mkdirSync, rmSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { ColloquyError, type OpenStorage } from "@colloquy/core"
import type { Participant } from "colloquy"
import { isThere, putInPlace } from "../files/put-in-place.js"
import { readPassphrase } from "../passphrase/read-passphrase.js"
import type { Settings } from "../settings.js"
import { storeFile } from "./location.js"

/** Makes a profile with a new identity. Throws what {@link newProfile} and `Client.open` throw. */
export function makeProfile(settings: Settings, name: string): Promise<Participant> {
  return newProfile(settings, async (storage, secret) => {
    const { Client, passphrase } = await import("colloquy")
    const unlock = passphrase(secret)
    const client = await Client.open({ storage, unlock, account: "create", name, signal: settings.stop })
    await client.close()
    return client.participant
  })
}

/**
 * Makes a profile, which `fill` fills and closes. It is made aside and put in place when it is complete, so that there is a whole one or none, and
 * never over another one. Throws `PROFILE_EXISTS`, `STORE_NOT_WRITABLE`, and what {@link readPassphrase} and `fill` throw.
 */
export async function newProfile<T>(
  settings: Settings,
  fill: (storage: OpenStorage, secret: string) => Promise<T>,
): Promise<T> {
  const { profile, passphraseFile, stop } = settings
  const file = storeFile(profile)
  const exists = (): ColloquyError =>
    new ColloquyError("PROFILE_EXISTS", `there is a profile in ${profile} already: nothing was changed`)
  if (existsSync(file)) throw exists()
  makeFolder(profile)
  const secret = await readPassphrase({ file: passphraseFile, environment: process.env, isNew: true, stop })
  const { sqlite } = await import("colloquy/node")
  const aside = `${file}.${process.pid}.new`
  try {
    const filled = await fill(sqlite(aside), secret)
    putInPlace(aside, file)
    return filled
  } catch (error) {
    throw isThere(error) ? exists() : error
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${aside}${suffix}`, { force: true })
  }
}

/** Node's own recursive form never returns where the parent exists and the folder still can't be made, as under `/proc`. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new ColloquyError("STORE_NOT_WRITABLE", `${folder} is not a folder`)
    return
  }
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return
    throw new ColloquyError("STORE_NOT_WRITABLE", `the folder ${folder} can't be made`, { cause })
  }
}

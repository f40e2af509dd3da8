import { existsSync } from "node:fs"
import { ColloquyError } from "@colloquy/core"
import type { Client } from "colloquy"
import { readPassphrase } from "../passphrase/read-passphrase.js"
import type { Settings } from "../settings.js"
import { storeFile } from "./location.js"

/** Opens the profile's client, with the passphrase where it is known already. Throws `NO_PROFILE` and what {@link readPassphrase} and `Client.open` throw. */
export async function openProfile(
  settings: Settings,
  { online, secret: known }: { readonly online: boolean; readonly secret?: string | undefined },
): Promise<Client> {
  const { profile, delivery, passphraseFile, stop } = settings
  const file = storeFile(profile)
  if (!existsSync(file))
    throw new ColloquyError("NO_PROFILE", `there is no profile in ${profile}: make one with \`colloquy init\``)
  const secret = known ?? (await readPassphrase({ file: passphraseFile, environment: process.env, isNew: false, stop }))
  const [{ Client, passphrase }, { sqlite, hub }] = await Promise.all([import("colloquy"), import("colloquy/node")])
  return Client.open({
    storage: sqlite(file),
    unlock: passphrase(secret),
    account: "open",
    signal: stop,
    ...(online ? { delivery: hub(delivery) } : {}),
  })
}

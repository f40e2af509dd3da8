import { homedir } from "node:os"
import { join, resolve } from "node:path"

type Environment = Readonly<Record<string, string | undefined>>

/** The folder of the profile: the named one, else `$XDG_DATA_HOME/colloquy` where that is set, else `~/.colloquy`. */
export function profileFolder(named: string | undefined, environment: Environment): string {
  if (named !== undefined && named !== "") return resolve(named)
  return ownFolder("colloquy", environment)
}

/** Where a hub keeps its data unless told: beside the default profile, not in it. */
export function hubFolder(named: string | undefined, environment: Environment): string {
  if (named !== undefined && named !== "") return resolve(named)
  return ownFolder("colloquy-hub", environment)
}

/** The one file of a profile, sealed. */
export function storeFile(profile: string): string {
  return join(profile, "profile.db")
}

function ownFolder(name: string, environment: Environment): string {
  const data = environment["XDG_DATA_HOME"]
  return data !== undefined && data.startsWith("/") ? join(data, name) : join(homedir(), `.${name}`)
}

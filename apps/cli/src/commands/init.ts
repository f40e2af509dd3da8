import { printable } from "../output/printable.js"
import { makeProfile } from "../profile/make-profile.js"
import type { Settings } from "../settings.js"

export async function init(settings: Settings, options: { readonly name?: string }): Promise<void> {
  const { name = "" } = options
  const participant = await makeProfile(settings, name)
  const { output, profile } = settings
  await output.result({ participant, name, profile }, () => [
    `A new profile${name === "" ? "" : ` for ${printable(name)}`} is in ${printable(profile)}.`,
    "Your identity is",
    participant,
  ])
  await output.hint("Keep the passphrase: nothing else opens the profile. Next: colloquy introduce")
}

import { columns } from "../output/columns.js"
import { printable } from "../output/printable.js"
import { isoTime, localTime } from "../output/times.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

export async function whoami(settings: Settings): Promise<void> {
  const { output, profile } = settings
  await withProfile(settings, { connect: false }, async ({ client }) => {
    const { participant, name, createdAtMs } = client
    await output.result({ participant, name, profile, createdAt: isoTime(createdAtMs) }, () =>
      columns([
        ["identity", participant],
        ...(name === "" ? [] : [["name", `${printable(name)} (only you see it)`]]),
        ["profile", printable(profile)],
        ["since", localTime(createdAtMs, Date.now())],
      ]),
    )
  })
}

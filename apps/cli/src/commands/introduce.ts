import { localTime } from "../output/times.js"
import { wrapped } from "../output/wrapped.js"
import { withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

const expiresDefaultMs = 7 * 24 * 60 * 60 * 1000

export async function introduce(settings: Settings, options: { readonly expires?: number }): Promise<void> {
  const { output } = settings
  const { expires: expiresInMs = expiresDefaultMs } = options
  await withProfile(settings, { connect: false }, async ({ client }) => {
    const introduction = await client.introduce({ expiresInMs })
    await output.result({ introduction }, () => [introduction])
    await output.hint(
      wrapped(
        `It is good for one conversation, until ${localTime(Date.now() + expiresInMs, Date.now())}. Whoever holds it can begin that ` +
          "conversation, or use it up: give it to one person, over a channel that you trust.",
        0,
      ),
    )
  })
}

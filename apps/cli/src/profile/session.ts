import type { Client, DeliveryStatus } from "colloquy"
import { withDeadline } from "../deadline.js"
import type { Settings } from "../settings.js"
import { openProfile } from "./open-profile.js"

/** How long a command takes in what waits before it begins, waits for the service, and lets its own messages go before it ends. */
export const patienceMs = 2000

/** A profile that is open, and how its connection is. */
export interface Session {
  readonly client: Client
  /** The latest status; `undefined` without a connection. */
  status(): DeliveryStatus | undefined
  /** Takes in what waits, for as long as the patience lasts. */
  takeIn(): Promise<boolean>
}

export interface SessionOptions {
  /** Whether the command talks to the delivery service, unless the person wants it not to. */
  readonly connect: boolean
  /** Takes in what waits before the work begins. The work is told where it could not: what it shows may be old. */
  readonly takeIn?: boolean
  /** The passphrase, where it is known already. */
  readonly secret?: string
}

/**
 * Opens the profile, does the work, lets what is queued go as far as the service is there, and closes, whatever happened.
 * Throws what the work throws, and the stop signal's reason.
 */
export async function withProfile<T>(
  settings: Settings,
  { connect, takeIn = false, secret }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { stop } = settings
  const online = connect && !settings.offline
  const client = await openProfile(settings, { online, secret })
  try {
    let status: DeliveryStatus | undefined
    if (online) client.status((now) => (status = now))
    const session: Session = {
      client,
      status: () => status,
      takeIn: async () => !online || withDeadline(patienceMs, stop, (signal) => client.caughtUp(signal)),
    }
    if (takeIn && !(await session.takeIn())) {
      stop.throwIfAborted()
      await noteUnreached(settings, status)
    }
    const result = await work(session)
    if (status?.state === "up") await withDeadline(patienceMs, stop, (signal) => client.drained(signal))
    return result
  } finally {
    await client.close()
  }
}

/** Says why what follows may be incomplete. */
async function noteUnreached({ output, delivery }: Settings, status: DeliveryStatus | undefined): Promise<void> {
  if (status?.state === "up")
    await output.note("DELIVERY_SLOW", "the delivery service has more that is still to be taken in")
  else
    await output.note(
      status?.code ?? "DELIVERY_UNREACHABLE",
      `the delivery service does not answer at ${delivery}: only what is stored here is known`,
    )
}

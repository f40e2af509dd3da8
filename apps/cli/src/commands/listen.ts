import type { DeliveryStatus } from "colloquy"
import { pause } from "../deadline.js"
import { eventLines, eventObject } from "../output/events.js"
import { jsonLine } from "../output/printable.js"
import { type Session, withProfile } from "../profile/session.js"
import type { Settings } from "../settings.js"

export interface ListenOptions {
  readonly after?: string
  readonly count?: number
  readonly for?: number
}

/** Under this name the position of `listen` is kept: what was printed is not printed again. */
const consumer = "cli"

export async function listen(settings: Settings, options: ListenOptions): Promise<void> {
  await withProfile(settings, { connect: true }, async (session) => {
    const end = new AbortController()
    const { signal } = end
    settings.stop.addEventListener("abort", () => end.abort())
    if (settings.stop.aborted) end.abort()
    if (!settings.offline) tellStatus(session, settings)
    const timed = options.for === undefined ? undefined : endAfter(options.for, session, end)
    const position = options.after === undefined ? { consumer } : { after: options.after }
    let left = options.count ?? Number.POSITIVE_INFINITY
    const { output } = settings
    for await (const event of session.client.events({ ...position, signal })) {
      if (output.json) await output.line(jsonLine(eventObject(event)))
      else for (const line of eventLines(event, Date.now())) await output.line(line)
      left -= 1
      // The position is kept when the body ends, so the loop is left by the signal and not by `break`.
      if (left === 0) end.abort()
    }
    end.abort()
    await timed
  })
}

/** The time begins when what waited has been taken in. */
async function endAfter(durationMs: number, session: Session, end: AbortController): Promise<void> {
  await session.takeIn()
  await pause(durationMs, end.signal)
  end.abort()
}

/** Says how the connection is when that changes; a short absence is not worth a line. */
function tellStatus({ client }: Session, { output, delivery, stop }: Settings): void {
  let told: DeliveryStatus["state"] = "up"
  client.status(({ state, code }) => {
    if (state === "connecting" || state === told || stop.aborted || code === "DELIVERY_CLOSED") return
    told = state
    void (state === "up"
      ? output.note("DELIVERY_UP", "the delivery service answers again")
      : output.note(code ?? "DELIVERY_DOWN", `the delivery service does not answer at ${delivery}: trying on`))
  })
}

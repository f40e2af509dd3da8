import type { ClientEvent, DeliveryStatus, EventOptions } from "colloquy"
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
    let left = options.count ?? Number.POSITIVE_INFINITY
    const { output } = settings
    for await (const event of eventsOf(session, settings, { ...options, signal })) {
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

/** From where the last `listen` ended, or after a cursor. Whoever was away for too long is told so, and goes on with what there still is. */
async function* eventsOf(
  { client }: Session,
  { output }: Settings,
  { after, signal }: Pick<ListenOptions, "after"> & { readonly signal: AbortSignal },
): AsyncGenerator<ClientEvent, void, undefined> {
  let position: EventOptions = after === undefined ? { consumer } : { after }
  for (;;) {
    try {
      yield* client.events({ ...position, signal })
      return
    } catch (error) {
      const { code, fields } = error as { readonly code?: unknown; readonly fields?: { readonly oldest?: unknown } }
      if (code !== "CURSOR_EXPIRED" || after !== undefined || typeof fields?.oldest !== "string") throw error
      position = { consumer, after: fields.oldest }
      await output.note(
        "EVENTS_EXPIRED",
        "some of what happened since the last `listen` is no longer listed: `colloquy messages` shows all that was said",
      )
    }
  }
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

import { codeOf, ColloquyError } from "@colloquy/core"
import type { Client, ClientEvent } from "@colloquy/client"
import { textOf } from "./describe.js"
import type { SeededRandom } from "../random.js"
import type { SimProcess } from "./sim-process.js"

const secondMs = 1000
const minuteMs = 60 * secondMs

/** The application: reads its events, slowly at times, and goes on after a crash where it was. */
export class Reader {
  /** What it saw, by cursor, since it had this disk. A crash may have it see the last ones again. */
  seen = new Map<string, ClientEvent>()
  /** Where it began on this disk. */
  first = 0
  /** It was away for longer than events are kept. */
  missed = false
  readonly #note: (what: string) => void
  readonly #fault: (what: string) => void
  #last = 0

  constructor(note: (what: string) => void, fault: (what: string) => void) {
    this.#note = note
    this.#fault = fault
  }

  /** Whether a message of somebody else's with these words was told of. */
  heard(words: string): boolean {
    for (const event of this.seen.values()) if (event.type === "message" && textOf(event.message) === words) return true
    return false
  }

  /** The disk is another one, with events of its own. */
  forget(): void {
    this.seen = new Map()
    this.first = 0
    this.#last = 0
  }

  read(client: Client, process: SimProcess, random: SeededRandom, shown: (event: ClientEvent) => string): void {
    let after: string | undefined
    const reading = async (): Promise<void> => {
      for await (const event of client.events({ consumer: "application", ...(after === undefined ? {} : { after }) })) {
        after = undefined
        if (random.chance(0.1)) await process.sleep(random.spread(1, minuteMs))
        const cursor = Number(event.cursor)
        if (this.first === 0) this.first = cursor
        if (cursor > this.#last) {
          this.#last = cursor
          this.#note(`learns ${shown(event)}`)
        } else if (!this.seen.has(event.cursor)) this.#fault("an event was passed over")
        this.seen.set(event.cursor, event)
      }
    }
    const again = (): void => {
      reading().catch((error: unknown) => {
        const code = codeOf(error) ?? ""
        if (code === "CLIENT_CLOSED") return
        if (error instanceof ColloquyError && code === "CURSOR_EXPIRED") {
          after = String(error.fields["oldest"])
          this.first = Number(after) + 1
          this.missed = true
          this.#note("was away so long that events are gone")
        } else if (code !== "STORE_FAILED") this.#fault(`reading events failed: ${code || String(error)}`)
        process.clock.after(secondMs, again)
      })
    }
    again()
  }
}

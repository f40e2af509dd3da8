import { ColloquyError, concat, type Publication, type Receipt, type Topic, toHex } from "@colloquy/core"
import type { Weather } from "../plan/weather.js"
import type { SeededRandom } from "../random.js"
import type { Trace } from "../trace/trace.js"
import type { VirtualClock } from "../virtual-clock.js"
import { Mailbox, type Waiting } from "./mailbox.js"

/**
 * A delivery service at its worst, as the interface allows it: it loses, repeats, holds back, alters, forges, forgets, and says that it has done
 * what it has not. Once it is calmed it does its work.
 */
export class HostileNetwork {
  readonly mailboxes = new Map<string, Mailbox>()
  readonly weather: Weather
  readonly random: SeededRandom
  readonly clock: VirtualClock
  readonly trace: Trace
  calm = false
  scope = "scope-1"
  /** How many publications it took, retries not counted, and how many bytes. */
  taken = 0
  takenBytes = 0
  /** How many of them each person made. */
  readonly takenOf = new Map<string, number>()
  readonly #known = new Map<string, string>()
  #scopes = 1

  constructor(clock: VirtualClock, random: SeededRandom, weather: Weather, trace: Trace) {
    this.clock = clock
    this.random = random
    this.weather = weather
    this.trace = trace
  }

  mailboxOf(name: string): Mailbox {
    const known = this.mailboxes.get(name) ?? new Mailbox(name)
    this.mailboxes.set(name, known)
    return known
  }

  /** From now on all that is published comes at once, once, and whole. */
  becomeCalm(): void {
    this.calm = true
    this.trace.note("network", "==== becomes good ====")
    for (const mailbox of this.mailboxes.values()) this.setUp(mailbox, true)
  }

  setUp(mailbox: Mailbox, up: boolean): void {
    if (mailbox.up === up) return
    mailbox.up = up
    this.trace.note("network", `${mailbox.name} ${up ? "is connected again" : "is cut off"}`)
    mailbox.wake()
  }

  /** Cursors of before are void. A gentle service still has what it kept; another has lost it. */
  changeScope(keeps: boolean): void {
    this.scope = `scope-${++this.#scopes}`
    this.trace.note("network", `==== another scope${keeps ? "" : ", everything is lost"} ====`)
    for (const mailbox of this.mailboxes.values()) {
      if (!keeps) mailbox.entries = []
      mailbox.wake()
    }
  }

  async publish(sender: Mailbox, publication: Publication): Promise<Receipt> {
    const { weather, random, clock } = this
    // The buffer is the caller's again once the call has settled.
    const payload = publication.payload.slice()
    if (!sender.up) await this.#connection(sender)
    await clock.sleep(this.calm ? 1 : random.spread(1, 2000))
    if (!sender.up || (!this.calm && random.chance(weather.publishFailure / 2))) throw this.#failure()
    const name = toHex(publication.id)
    const known = this.#known.get(name)
    const label = known ?? `#${++this.taken}`
    if (known === undefined) {
      this.takenBytes += payload.length
      this.takenOf.set(sender.name, (this.takenOf.get(sender.name) ?? 0) + 1)
    }
    if (known === undefined || (!this.calm && random.chance(weather.duplication))) {
      this.#known.set(name, label)
      this.trace.note(sender.name, `publishes ${label}${known === undefined ? "" : " again"} (${payload.length} B)`, {
        out: label,
      })
      for (const reader of this.mailboxes.values()) this.#send(reader, publication.topic, payload, label)
    }
    await clock.sleep(this.calm ? 1 : random.spread(1, 2000))
    if (!sender.up || (!this.calm && random.chance(weather.publishFailure / 2))) throw this.#failure()
    return { proof: random.chance(weather.stored) ? "stored" : "relayed" }
  }

  /** Forgets what is too old. */
  forget(mailbox: Mailbox): void {
    const { retentionMs } = this.weather
    if (retentionMs === 0) return
    const oldestMs = this.clock.nowMs() - retentionMs
    while (mailbox.entries[0] !== undefined && mailbox.entries[0].atMs < oldestMs) {
      const { sequence, topic } = mailbox.entries.shift() as Waiting
      mailbox.droppedThrough = sequence
      mailbox.dropped.set(topic, sequence)
    }
  }

  /** Who is cut off is told so after a while, or waits until he is connected again. */
  async #connection(sender: Mailbox): Promise<void> {
    if (this.random.chance(0.3)) return this.clock.sleep(this.random.spread(1000, 3_600_000))
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!sender.up) return
        sender.listeners.delete(look)
        resolve()
      }
      sender.listeners.add(look)
    })
  }

  #failure(): ColloquyError {
    const code = this.random.chance(0.8) ? "DELIVERY_DOWN" : "DELIVERY_BUSY"
    return new ColloquyError(code, "not now", { retry: "later" })
  }

  /** Decides what becomes of a publication on its way to one reader. */
  #send(reader: Mailbox, topic: Topic, payload: Uint8Array, label: string): void {
    const { weather, random, calm } = this
    if (!reader.followed.has(topic)) {
      // Nobody sees how it comes; who follows the topic later finds it in the past.
      if (calm || !random.chance(weather.loss)) this.#keep(reader, topic, payload, label)
      return
    }
    if (calm) {
      this.#arrive(reader, topic, payload, label, random.whole(1, 200))
      return
    }
    const later = (): number => random.spread(1, weather.delayMaxMs)
    if (random.chance(weather.loss)) {
      this.trace.note("network", `${label} to ${reader.name} is lost`, { lost: label })
    } else if (random.chance(weather.corruption))
      this.#arrive(reader, topic, this.#alter(payload), `${label} altered`, later())
    else this.#arrive(reader, topic, payload, label, later())
    while (random.chance(weather.duplication)) this.#arrive(reader, topic, payload, `${label} again`, later())
    if (random.chance(weather.forgery))
      this.#arrive(reader, topic, this.#alter(payload), `${label} forged`, random.whole(1, weather.delayMaxMs))
    if (random.chance(weather.replay)) {
      const moved = random.chance(0.5) ? random.pick([topic, ...reader.followed]) : topic
      this.#arrive(reader, moved, payload, `${label} replayed`, random.spread(1000, 2 * weather.spanMs))
    }
  }

  #arrive(reader: Mailbox, topic: Topic, payload: Uint8Array, label: string, delayMs: number): void {
    this.clock.after(delayMs, () => {
      this.#keep(reader, topic, payload, label)
      this.forget(reader)
      reader.wake()
    })
  }

  #keep(reader: Mailbox, topic: Topic, payload: Uint8Array, label: string): void {
    reader.entries.push({ sequence: ++reader.head, atMs: this.clock.nowMs(), topic, payload, label })
  }

  #alter(payload: Uint8Array): Uint8Array {
    const { random } = this
    const altered = payload.slice()
    switch (random.whole(0, 6)) {
      case 0:
        return altered.subarray(0, random.whole(0, payload.length - 1))
      case 1:
        return concat(altered, random.bytes(random.whole(1, 64)))
      case 2:
        return random.bytes(payload.length)
      case 3:
        // Everything but the hint, which stands near the beginning.
        altered.set(random.bytes(Math.max(0, payload.length - 24)), Math.min(24, payload.length))
        return altered
      case 4:
        return altered.fill(0, random.whole(0, payload.length))
      default: {
        const at = random.whole(0, payload.length - 1)
        altered[at] = (altered[at] as number) ^ (1 << random.whole(0, 7))
        return altered
      }
    }
  }
}

import type { DeliveryLimits, Write } from "@colloquy/core"
import type { Account } from "../account.js"
import type { Environment, Registry } from "../environment.js"
import type { EventLog } from "../events/event-log.js"
import type { HintIndex } from "../hints/hint-index.js"
import type { Expiry } from "../messages/expiry.js"
import type { Store } from "../store/store.js"
import type { Deadlines } from "./deadlines.js"
import type { Instances } from "./instances.js"
import type { Outbox } from "./outbox.js"
import type { Receiver } from "./receiver.js"
import type { Ring } from "./ring.js"
import type { Scheduler } from "./scheduler.js"
import type { Sequence } from "./sequence.js"
import type { Turns } from "./turns.js"

/** The parts of an open client, as they see each other. Nothing here knows a type by name. */
export interface Runtime {
  readonly environment: Environment
  readonly registry: Registry
  readonly account: Account
  readonly store: Store
  readonly sequence: Sequence
  readonly events: EventLog
  readonly outbox: Outbox
  readonly ring: Ring
  readonly hints: HintIndex
  readonly scheduler: Scheduler
  readonly expiry: Expiry
  /** Finishes what removals have left, again and again until it works. */
  readonly removals: Deadlines
  readonly instances: Instances
  readonly receiver: Receiver
  readonly counters: Counters
  /** One beginning at a time under an introduction, and of a type with a person, from what it reads of the others to its commit. */
  readonly beginnings: Turns
  /** What the delivery service takes; what an adapter assumes before it was up. */
  limits(): DeliveryLimits
  /** Makes a single-use introduction of this account. */
  introduce(expiresAtMs: number): Promise<{ readonly bytes: Uint8Array }>
  /** Every commit goes through here, so that erasure follows it. */
  commit(writes: readonly Write[]): Promise<void>
}

/** How often something hostile or useless arrived, by code: a number for each, whatever the traffic. */
export class Counters {
  readonly #counts = new Map<string, number>()

  add(code: string, count = 1): void {
    const known = this.#counts.has(code) || this.#counts.size < 256
    const counted = known ? code : "OTHER"
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + count)
  }

  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}

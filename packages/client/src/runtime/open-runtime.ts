import type { ColloquyError, DeliveryLimits, DeliveryService, Write } from "@colloquy/core"
import type { Account } from "../account.js"
import { restoreConversations } from "../backup/restore-conversations.js"
import type { Environment, Registry } from "../environment.js"
import { EventLog } from "../events/event-log.js"
import { makeIntroduction } from "../introduce.js"
import { HintIndex } from "../hints/hint-index.js"
import type { Store } from "../store/store.js"
import { EventRetention } from "../events/event-retention.js"
import { finishRemovals } from "../conversations/remove.js"
import { Expiry } from "../messages/expiry.js"
import { Deadlines } from "./deadlines.js"
import { Instances } from "./instances.js"
import { Outbox } from "./outbox.js"
import { Receiver } from "./receiver.js"
import { Ring } from "./ring.js"
import { Counters, type Runtime } from "./runtime.js"
import { Scheduler } from "./scheduler.js"
import { Scrubber } from "./scrubber.js"
import { Sequence } from "./sequence.js"
import { Turns } from "./turns.js"

export interface OpenRuntime {
  readonly runtime: Runtime
  close(reason: ColloquyError): Promise<void>
}

/** Assumed while no service has said otherwise. */
const limitsAssumed: DeliveryLimits = { payloadBytesMax: 150 * 1024, topicsMax: 1000 }

/** Puts the parts of a client together, takes up what the last run left, and connects. */
export async function openRuntime(parts: {
  readonly environment: Environment
  readonly registry: Registry
  readonly account: Account
  readonly store: Store
  readonly delivery: DeliveryService | undefined
  readonly eventsKeptMs: number
}): Promise<OpenRuntime> {
  const { environment, account, store, delivery } = parts
  const sequence = await Sequence.open(store, environment.clock)
  const scrubber = new Scrubber(store.storage, environment)
  const commit = async (writes: readonly Write[]): Promise<void> => {
    await store.commit(writes)
    scrubber.note()
  }
  // The parts know each other through this one value; what is made below is looked up when it is used.
  const runtime: Runtime = {
    ...parts,
    sequence,
    events: new EventLog(store),
    ring: new Ring(environment.clock, sequence),
    hints: new HintIndex({ store, keys: account.keys, environment, sequence, commit }),
    counters: new Counters(),
    beginnings: new Turns(),
    get outbox() {
      return outbox
    },
    get scheduler() {
      return scheduler
    },
    get expiry() {
      return expiry
    },
    get removals() {
      return removals
    },
    get receiver() {
      return receiver
    },
    get instances() {
      return instances
    },
    introduce: (expiresAtMs) => makeIntroduction(runtime, expiresAtMs),
    limits: () => delivery?.limits ?? limitsAssumed,
    commit,
  }
  const outbox = new Outbox(runtime)
  const scheduler = new Scheduler(runtime)
  const expiry = new Expiry(runtime)
  const removals = new Deadlines(environment.clock, () => finishRemovals(runtime))
  const receiver = new Receiver(runtime)
  const instances = new Instances(runtime)

  const retention = new EventRetention(runtime, parts.eventsKeptMs)

  await retention.open()
  await runtime.hints.open()
  await outbox.open()
  await receiver.open()
  await instances.open()
  const removing = finishRemovals(runtime).catch(() => removals.note(environment.clock.nowMs()))
  const restores = restoreConversations(runtime).catch(() => undefined)
  scheduler.open()
  expiry.open()
  let unlisten: (() => void) | undefined
  if (delivery !== undefined) {
    outbox.start(delivery)
    receiver.start(delivery)
    unlisten = delivery.status(({ state }) => {
      if (state === "up") outbox.kick()
    })
  }
  return {
    runtime,
    close: async (reason) => {
      unlisten?.()
      scheduler.close()
      // What they began may wait for a step that never ends: closing does not wait for it.
      void Promise.all([retention.close(), expiry.close()])
      await instances.close(reason)
      await Promise.all([removing, removals.close(), restores])
      await Promise.all([receiver.close(), outbox.close(), delivery?.close()])
      await runtime.hints.close()
      await runtime.events.flush().catch(() => undefined)
      scrubber.close()
      account.close()
      await store.storage.close()
    },
  }
}

import type { Participant } from "@colloquy/core"
import type { Runtime } from "../runtime/runtime.js"
import type { MessageOrigin, Origin } from "../store/inputs.js"
import { Plan, type Transaction } from "./transaction.js"
import type { Work } from "./work.js"

/**
 * The carrier refused. The message inside fails, and the commit that says so deletes the stored input; a parcel without one is gone with this
 * commit, and the application is told.
 */
export function loseCarried(
  runtime: Runtime,
  { durable, origin }: Work,
  to: Participant,
  transaction: Transaction,
  code = "REFUSED",
): void {
  if (origin?.message === undefined) {
    if (durable !== undefined) transaction.writes.push({ key: durable, value: undefined })
    if (origin === undefined) return
    const plan = new Plan()
    plan.events.push({ kind: "undelivered", conversation: origin.conversation, detail: code, other: to })
    transaction.add(plan)
    return
  }
  const { conversation, message } = origin
  const settles = durable === undefined ? {} : { settles: durable }
  runtime.instances
    .get(conversation)
    .then((instance) => instance?.enqueue({ kind: "published", message, code, ...settles }))
    .catch(() => undefined)
}

/** What a step's publications are the publication of. */
export function messageOf(origin: Origin | undefined): { readonly origin?: MessageOrigin } {
  if (origin?.message === undefined) return {}
  return { origin: { conversation: origin.conversation, message: origin.message } }
}

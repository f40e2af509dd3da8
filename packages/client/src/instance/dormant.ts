import type { Start } from "@colloquy/core"
import { RestoreRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import type { StoredInput } from "../store/inputs.js"
import { type Begun, planStart, Refusal } from "./begin.js"
import { Laters } from "./laters.js"
import type { Subject } from "./subject.js"
import type { Transaction } from "./transaction.js"
import type { Work } from "./work.js"

/**
 * Lets the type restore an imported conversation from what the backup kept for it: under its old id, with keys of its own. The same commit
 * forgets the backup. What was refused is tried again when the client is opened.
 */
export async function planRestore(
  runtime: Runtime,
  subject: Subject,
  transaction: Transaction,
): Promise<Begun | Refusal> {
  const stored = key("restore", subject.blinded)
  const record = await runtime.store.get(RestoreRecordSchema, stored)
  if (record === undefined) return new Refusal("NOT_SUPPORTED")
  const start: Start = { kind: "restore", conversation: subject.id, backup: record.backup }
  const existing = subject.header()
  const occasion = { nowMs: runtime.environment.clock.nowMs(), consent: existing.consent, existing }
  const begun = await planStart(runtime, transaction, subject.type, start, occasion)
  if (begun instanceof Refusal) return begun
  begun.plan.writes.push({ key: stored, value: undefined })
  return begun
}

/** What comes for a conversation that is not restored waits for it, within the bounds of what waits. */
export async function keepForLater(
  runtime: Runtime,
  subject: Subject,
  { durable, origin }: Work,
  input: StoredInput,
  transaction: Transaction,
): Promise<void> {
  const laters = await Laters.load(runtime.store, subject.blinded)
  transaction.writes.push(...laters.keep(runtime, input, origin, runtime.environment.clock.nowMs()))
  if (durable !== undefined) transaction.writes.push({ key: durable, value: undefined })
}

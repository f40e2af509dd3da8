import type { Runtime } from "../runtime/runtime.js"
import { encodeRecord } from "../store/store.js"
import { TextRecordSchema } from "../generated/store_pb.js"
import { consentKey, consentRecord } from "./begin.js"
import { consentNumber, type Header } from "./header.js"
import type { Subject } from "./subject.js"
import type { Transaction } from "./transaction.js"
import type { ConsentChange, Task } from "./work.js"

/**
 * What someone says who was denied is not shown, so his conversation must not take it for received: a type that sends again brings it once he is
 * allowed, and never claims that it arrived.
 */
export function isUnheard({ kind }: Pick<Task, "kind">, { consent }: Header): boolean {
  return kind === "receive" && consent === "denied"
}

/** What the owner thinks of a conversation is what he thinks of its people. */
export function changeConsent(
  runtime: Runtime,
  subject: Subject,
  { consent }: ConsentChange,
  transaction: Transaction,
): void {
  for (const peer of subject.header().participants) {
    if (peer === runtime.account.participant) continue
    const value = encodeRecord(TextRecordSchema, consentRecord(peer, consentNumber(consent)))
    transaction.writes.push({ key: consentKey(runtime, peer), value })
  }
  transaction.event({ kind: "consent", conversation: subject.id, detail: consent })
}

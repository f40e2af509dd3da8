import type { Runtime } from "../runtime/runtime.js"
import { encodeRecord } from "../store/store.js"
import { TextRecordSchema } from "../generated/store_pb.js"
import { consentKey, consentRecord } from "./begin.js"
import { consentNumber } from "./header.js"
import type { Subject } from "./subject.js"
import type { Transaction } from "./transaction.js"
import type { ConsentChange } from "./work.js"

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

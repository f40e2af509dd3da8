import type { Runtime } from "../runtime/runtime.js"
import { encodeRecord } from "../store/store.js"
import { TextRecordSchema } from "../generated/store_pb.js"
import { consentKey, consentRecord } from "./begin.js"
import { consentNumber, type Header } from "./header.js"
import type { Subject } from "./subject.js"
import type { Transaction } from "./transaction.js"
import type { ConsentChange, Task } from "./work.js"

/** How many payloads a stranger's conversation takes before it is allowed: the longest content of a built-in type, and some messages besides. */
const requestPayloadsMax = 320

/** What an accepted task says of the others: that they know of the conversation, and whether nobody has allowed them yet. */
export function arrived(
  task: Pick<Task, "kind">,
  header: Header,
): { readonly isRequest: boolean; readonly hears: boolean } {
  return { isRequest: isRequest(task, header), hears: task.kind === "receive" && !header.resident }
}

function isRequest({ kind }: Pick<Task, "kind">, { consent, resident }: Header): boolean {
  return kind === "receive" && consent === "unknown" && !resident
}

/**
 * Why a payload is not looked at. What someone says who was denied is not shown, so his conversation must not take it for received: a type that sends
 * again brings it once he is allowed, and never claims that it arrived. So it is with what a stranger says beyond {@link requestPayloadsMax}.
 */
export function unheardCode(task: Pick<Task, "kind">, header: Header): "CONSENT_DENIED" | "REQUEST_FULL" | undefined {
  if (task.kind === "receive" && header.consent === "denied") return "CONSENT_DENIED"
  return isRequest(task, header) && header.requestPayloads >= requestPayloadsMax ? "REQUEST_FULL" : undefined
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

import { create } from "@bufbuild/protobuf"
import { be64, type Route, type Write } from "@colloquy/core"
import { TextRecordSchema } from "../generated/store_pb.js"
import type { Subject } from "../instance/subject.js"
import type { Transaction } from "../instance/transaction.js"
import type { OutboxEntry } from "../runtime/outbox.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { encodeRecord } from "../store/store.js"

const pageMax = 256

/**
 * The first part of a removal, in one commit: what could continue the conversation, and the note that its messages are to follow. Resolves with
 * what was taken from the outbox, to be put back where the commit fails.
 */
export async function planRemoval(
  runtime: Runtime,
  subject: Subject,
  routes: readonly Route[],
  transaction: Transaction,
): Promise<readonly OutboxEntry[]> {
  const { keys, inboxTopic } = runtime.account
  const { blinded, id } = subject
  for (const { topic, hint } of routes) {
    if (hint !== undefined) transaction.drop({ topic, print: runtime.hints.print(topic, hint), conversation: id })
    if (topic === inboxTopic && hint !== undefined) continue
    transaction.writes.push({ key: key("claim", keys.blind(topic), blinded), value: undefined })
    transaction.claim([{ topic, conversation: id }])
  }
  for (const prefix of [key("cell", blinded), key("row", blinded), key("later", blinded), key("input", blinded)])
    for await (const entry of runtime.store.all(prefix)) transaction.writes.push({ key: entry.key, value: undefined })
  const withdrawn = runtime.outbox.withdrawAll(id)
  for (const { sequence } of withdrawn)
    transaction.writes.push({ key: key("outbox", be64(sequence)), value: undefined })
  const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { text: id }))
  transaction.writes.push({ key: key("restore", blinded), value: undefined }, { key: key("removal", blinded), value })
  transaction.event({ kind: "removed", conversation: id })
  return withdrawn
}

/** The rest of every removal that was begun: messages go page by page, the note at the end. */
export async function finishRemovals(runtime: Runtime): Promise<void> {
  for await (const removal of runtime.store.all(key("removal"))) {
    const blinded = removal.key.subarray(1)
    for (const table of ["log", "message", "idempotency"] as const) await deleteAll(runtime, key(table, blinded))
    await runtime.hints.settle()
    await runtime.commit([{ key: removal.key, value: undefined }])
  }
}

async function deleteAll(runtime: Runtime, prefix: Uint8Array): Promise<void> {
  for (;;) {
    const entries = await runtime.store.page(prefix, { limit: pageMax })
    const writes: Write[] = entries.map((entry) => ({ key: entry.key, value: undefined }))
    if (writes.length > 0) await runtime.commit(writes)
    if (entries.length < pageMax) return
  }
}

import type { ConversationId } from "@colloquy/core"
import { RestoreRecordSchema } from "../generated/store_pb.js"
import type { Runtime } from "../runtime/runtime.js"
import { key } from "../store/keys.js"
import { decodeRecord } from "../store/store.js"

/** Lets the types restore what was imported, one conversation after the other. One whose type is not registered, or refuses, waits for another open. */
export async function restoreConversations(runtime: Runtime): Promise<void> {
  for await (const { value } of runtime.store.all(key("restore"))) {
    const { conversation } = decodeRecord(RestoreRecordSchema, value)
    const instance = await runtime.instances.get(conversation as ConversationId)
    const settled = await instance?.enqueue({ kind: "restore" })
    if (settled?.outcome !== "refused") continue
    const details = { type: instance?.type.id ?? "", code: settled.code ?? "" }
    runtime.environment.logger.log("warn", "restore-refused", details)
  }
}

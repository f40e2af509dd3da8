import type { Runtime } from "../runtime/runtime.js"
import type { Work } from "./work.js"

/** The carrier refused: the message inside fails, and the commit that says so deletes the stored input. */
export function failCarried(runtime: Runtime, { durable, origin }: Work, code = "REFUSED"): void {
  if (origin === undefined) return
  const { conversation, message } = origin
  const settles = durable === undefined ? {} : { settles: durable }
  runtime.instances
    .get(conversation)
    .then((instance) => instance?.enqueue({ kind: "published", message, code, ...settles }))
    .catch(() => undefined)
}

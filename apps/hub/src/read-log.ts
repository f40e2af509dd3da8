import { Store } from "./store.js"

/** Everything that a hub keeps of one payload, besides the id under which it was published. */
export interface LoggedPayload {
  readonly sequence: number
  readonly topic: string
  readonly timeMs: number
  readonly bytes: number
  /** At most 32 of them. */
  readonly firstBytes: Uint8Array
}

/**
 * What a hub that is not running kept, oldest first: all that it could tell anyone. Throws `HUB_DATA_IN_USE` while it runs,
 * `HUB_DATA_NOT_WRITABLE` where there is none, `HUB_DATA_DAMAGED`, `HUB_DATA_VERSION`.
 */
export function readLog(dataDir: string, options: { readonly limit?: number } = {}): readonly LoggedPayload[] {
  const store = Store.open(dataDir, { create: false })
  try {
    const logged: LoggedPayload[] = []
    for (const { sequence, topic, timeMs, bytes, first } of store.inspect()) {
      if (logged.length >= (options.limit ?? 10_000)) break
      logged.push({ sequence, topic, timeMs, bytes, firstBytes: new Uint8Array(first) })
    }
    return logged
  } finally {
    store.close()
  }
}

import type { ContentRegistry } from "@colloquy/content"
import type { Runtime } from "./runtime/runtime.js"

/** What the handles that an application holds need of the client behind them. */
export interface Internals {
  readonly runtime: Runtime
  readonly content: ContentRegistry
  /** Aborts with `CLIENT_CLOSED`. */
  readonly closed: AbortSignal
}

/** `later`: the same call can succeed without a change by the caller. `never`: it cannot. */
export type Retry = "never" | "later"

export interface ErrorDetails {
  readonly retry?: Retry
  readonly cause?: unknown
  /** Structured facts about the failure. Never a key, never content. */
  readonly fields?: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/**
 * Every error that Colloquy throws. `code` is the stable part: branch on it, never on the message.
 * Neither message nor fields hold a key, content or bytes from outside, so that an error can be logged.
 * What comes from outside and is bad is a result (`refused`), not an error.
 */
export class ColloquyError<Code extends string = string> extends Error {
  readonly code: Code
  readonly retry: Retry
  readonly fields: Readonly<Record<string, string | number | boolean | readonly string[]>>

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = "ColloquyError"
    this.code = code
    this.retry = details.retry ?? "never"
    this.fields = details.fields ?? {}
  }
}

/** The `code` of a ColloquyError; `undefined` for anything else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof ColloquyError ? error.code : undefined
}

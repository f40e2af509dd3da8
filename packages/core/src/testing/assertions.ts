import { codeOf, ColloquyError } from "../errors.js"

/** What a case throws that does not hold: `CONFORMANCE_FAILED`, and what was expected. */
export function failure(message: string): ColloquyError<"CONFORMANCE_FAILED"> {
  return new ColloquyError("CONFORMANCE_FAILED", message)
}

/** Throws with the message unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw failure(message)
}

/** Structural equality of what is made of arrays, plain objects, byte arrays and primitives. */
export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const [is, wanted] = [describe(actual), describe(expected)]
  if (is !== wanted) throw failure(`${what}: expected ${shorten(wanted)}, got ${shorten(is)}`)
}

/** Throws unless the call throws or rejects with a `ColloquyError` of this code, which is returned. */
export async function assertFails(call: () => unknown, code: string, what: string): Promise<ColloquyError> {
  let error: unknown
  try {
    await call()
  } catch (thrown) {
    error = thrown
  }
  if (error instanceof ColloquyError && error.code === code) return error
  throw failure(`${what}: expected ${code}, got ${error === undefined ? "success" : (codeOf(error) ?? String(error))}`)
}

function describe(value: unknown): string {
  if (value instanceof Uint8Array)
    return `<${Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("")}>`
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`
  if (typeof value === "object" && value !== null)
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${name}: ${describe((value as Record<string, unknown>)[name])}`)
      .join(", ")}}`
  return typeof value === "string" ? JSON.stringify(value) : String(value)
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}… (${text.length} characters)`
}

import type { Check, CheckContext, CheckResult } from "./check.js"

/** Runs a check: whatever it throws is a finding. */
export async function runCheck(check: Check, context: CheckContext): Promise<CheckResult> {
  try {
    return await check.run(context)
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
    const words = typeof message === "string" ? message : "something that is no error was thrown"
    return { verdict: "broken", finding: typeof code === "string" ? `${code}: ${words}` : words }
  }
}

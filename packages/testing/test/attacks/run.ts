import type { AnyConversationType, GuaranteeName } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { guaranteeAttacks } from "../../src/conformance/attacks/guarantee-attacks.js"
import type { CheckContext, CheckResult } from "../../src/conformance/check.js"
import { establish } from "../../src/conformance/establish.js"
import type { ConversationTypeFixture } from "../../src/conformance/fixture.js"

const crypto = await loadCrypto()

/** What each attack on a guarantee says about a type. */
export async function attack(
  type: AnyConversationType,
  fixture: ConversationTypeFixture,
  guarantee: GuaranteeName,
  seed = 1,
): Promise<ReadonlyMap<string, CheckResult>> {
  const results = new Map<string, CheckResult>()
  const basis = { type, fixture, seed, others: [], crypto }
  const context: CheckContext = { ...basis, establish: (options) => establish(basis, options) }
  for (const check of guaranteeAttacks) if (check.proves === guarantee) results.set(check.id, await check.run(context))
  return results
}

/** The findings among results, by the attack's id. */
export function findings(results: ReadonlyMap<string, CheckResult>): Record<string, string> {
  return Object.fromEntries(
    [...results].flatMap(([id, result]) => (result.verdict === "broken" ? [[id, result.finding]] : [])),
  )
}

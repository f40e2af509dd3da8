import { type AnyConversationType, ColloquyError } from "@colloquy/core"
import type { ConformanceCase } from "@colloquy/core/testing"
import { loadCrypto } from "@colloquy/crypto"
import { InboxV1 } from "colloquy"
import { guaranteeAttacks } from "./attacks/guarantee-attacks.js"
import type { Check, CheckContext, CheckResult } from "./check.js"
import { establish } from "./establish.js"
import { exceptionsOf } from "./exceptions.js"
import type { ConversationTypeFixture } from "./fixture.js"
import type { Checked, ConformanceReport } from "./report.js"
import { rulesOf } from "./rules.js"
import { runCheck } from "./run-check.js"
import { structuralChecks } from "./structure/structural-checks.js"
import { guaranteesOf } from "./guarantees.js"

export interface ConformanceOptions {
  /** 1 by default. Another one makes other people, keys, frames and mutations. */
  readonly seed?: number
  /** The text of the type's document: rules that the declaration can't show are looked up in it. */
  readonly document?: string
  /** Types that the same client may run. */
  readonly others?: readonly AnyConversationType[]
  /** Instead of all: for a kit that is being tested, or an author who looks into one finding. */
  readonly checks?: readonly Check[]
}

export interface Conformance {
  readonly type: AnyConversationType
  /** One for each check, in the order of the report. `run` rejects with `CONFORMANCE_FAILED` when the check is broken. */
  readonly cases: readonly ConformanceCase[]
  /** Runs what has not run yet, one check at a time, and says what is known of the type. */
  report(): Promise<ConformanceReport>
}

/**
 * What a ConversationType declares, checked and attacked: its rules, and each guarantee that it claims. Bound to no test runner. The same type,
 * fixture and seed give the same results. Throws `EXCEPTION_UNEXPLAINED` for a fixture that weakens an attack and does not say why.
 */
export function conversationTypeConformance(
  type: AnyConversationType,
  fixture: ConversationTypeFixture = {},
  options: ConformanceOptions = {},
): Conformance {
  const { seed = 1, document, others = [] } = options
  const exceptions = exceptionsOf(type, fixture)
  const claimed = new Set<string>((type.declaration.guarantees ?? []).map(({ name }) => name))
  const checks = (options.checks ?? [...structuralChecks, ...guaranteeAttacks]).filter(
    ({ proves }) => proves.startsWith("CT-") || claimed.has(proves),
  )
  let context: Promise<CheckContext> | undefined
  const results = new Map<string, Promise<CheckResult>>()
  const resultOf = (check: Check): Promise<CheckResult> => {
    context ??= makeContext(type, fixture, seed, others)
    const known = results.get(check.id) ?? context.then((made) => runCheck(check, made))
    results.set(check.id, known)
    return known
  }
  return {
    type,
    cases: checks.map((check) => ({
      title: `${check.id}: ${check.title}`,
      async run() {
        const result = await resultOf(check)
        if (result.verdict === "broken") throw new ColloquyError("CONFORMANCE_FAILED", `${check.id}: ${result.finding}`)
      },
    })),
    async report() {
      const checked: (Checked & Pick<Check, "proves">)[] = []
      for (const check of checks) {
        const { id, title, proves } = check
        checked.push({ id, title, proves, result: await resultOf(check) })
        // Whoever else has something to do gets a turn.
        await new Promise((resolve) => setTimeout(resolve))
      }
      const rules = rulesOf(type, checked, document)
      const guarantees = guaranteesOf(type, checked)
      const conforms =
        !rules.some(({ level, verdict }) => level === "must" && verdict === "unmet") &&
        !guarantees.some(({ verdict }) => verdict === "broken")
      const { title, document: path } = type.declaration.specification
      return { type: type.id, title, document: path, seed, conforms, exceptions, rules, guarantees }
    },
  }
}

async function makeContext(
  type: AnyConversationType,
  fixture: ConversationTypeFixture,
  seed: number,
  others: readonly AnyConversationType[],
): Promise<CheckContext> {
  const carries = type.resident?.machine.carries === true
  const complete = { ...fixture, beside: fixture.beside ?? (carries ? [] : [InboxV1]) }
  const basis = { type, fixture: complete, seed, others, crypto: await loadCrypto() }
  return { ...basis, establish: (options) => establish(basis, options) }
}

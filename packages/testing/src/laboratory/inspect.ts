import type { AnyConversationType, Start } from "@colloquy/core"
import { copyOf } from "./copies.js"
import { type Bench, stepAgain } from "./evaluate.js"
import type { Household } from "./household.js"
import type { LabInstance } from "./instance.js"
import type { AnyInput, AnyOutcome, Inspector } from "./laboratory.js"
import type { LabSubject } from "./subject.js"

/** What is told to an inspector about one step. */
export interface Inspection {
  outcome(outcome: AnyOutcome): Promise<void>
  settled(instance: LabInstance): Promise<void>
}

interface UnderWay {
  readonly subject: LabSubject
  readonly household: Household
  readonly instance: LabInstance | undefined
  readonly type: AnyConversationType
  readonly resident: boolean
  readonly input: AnyInput | Start | { readonly kind: "resident" }
  /** Runs a start again. */
  readonly again: ((bench: Bench) => Promise<AnyOutcome> | AnyOutcome) | undefined
}

/** Tells an inspector of a step, with the means to make it once more. */
export function inspectStep(inspect: Inspector, underWay: UnderWay): Inspection {
  const { subject, household, instance, type, resident, again } = underWay
  const { account, world } = household
  const view = (one: LabInstance) => one.view(account, world.crypto, world.nowMs)
  const input = copyOf(underWay.input)
  const before = instance?.pieces() ?? new Map<string, Uint8Array>()
  const random = account.random.copy()
  const bench = (): Bench => ({ ...household.bench(), tools: account.quiet(random.copy()) })
  const inspection = inspect({
    subject,
    instance: instance === undefined ? undefined : view(instance),
    type,
    resident,
    atMs: world.nowMs,
    input: underWay.input,
    before,
    now: () => instance?.pieces() ?? new Map<string, Uint8Array>(),
    again: async () =>
      instance === undefined
        ? ((await again?.(bench())) as AnyOutcome)
        : stepAgain(instance, before, copyOf(input) as AnyInput, bench()),
  })
  return {
    outcome: async (outcome) => inspection.outcome?.(outcome),
    settled: async (changed) => inspection.settled?.(view(changed)),
  }
}

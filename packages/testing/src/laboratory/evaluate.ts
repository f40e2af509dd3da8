import {
  type AnyConversationType,
  codeOf,
  ColloquyError,
  type Consent,
  type ConversationId,
  type Crypto,
  type Effect,
  type Shape,
  type Start,
  type Started,
  type Vocabulary,
} from "@colloquy/core"
import { type Account, startContext, stepContext, type Tools } from "./account.js"
import type { Inspection } from "./inspect.js"
import { type AnyStarter, LabInstance, residentStarter } from "./instance.js"
import type { AnyInput, AnyOutcome } from "./laboratory.js"
import { kept } from "./patience.js"
import { applyPatch, blankState, checkComplete, checkPatch, decodePieces, type LoadedState } from "./pieces.js"
import { assertOutcome, assertOwnId, type Plan, planEffects } from "./plan.js"

/** What a machine answered, and what a client would do about it. */
export interface Evaluated {
  readonly outcome: AnyOutcome & { readonly conversation?: ConversationId }
  /** Of an accepted step. */
  readonly plan?: Plan
  /** Conversations that the step begins, ready to be added. */
  readonly begun: readonly Begun[]
  /** What the type did wrong: the outcome is a refusal then. */
  readonly fault?: ColloquyError
}

/** A new instance, and the step that made it. */
export interface Begun {
  readonly instance: LabInstance
  readonly outcome: Extract<AnyOutcome, { kind: "next" }>
  readonly plan: Plan
  readonly input: "create" | "accept" | "resident" | "restore"
  /** Who is told when it is part of the account. */
  readonly inspection?: Inspection | undefined
}

/** Who asks, and with which tools. */
export interface Bench {
  readonly account: Account
  readonly tools: Tools
  readonly crypto: Crypto
  readonly nowMs: number
}

type AnyStarted = AnyOutcome & { readonly conversation?: ConversationId }

/** One step of one instance, up to the point where something would change. Never throws. */
export async function evaluateStep(
  instance: LabInstance,
  input: AnyInput,
  bench: Bench,
  begin: (effect: Plan["begins"][number]) => Promise<Begun | string | undefined>,
): Promise<Evaluated> {
  try {
    const outcome = await runStep(instance, instance.state, input, bench)
    assertOutcome(outcome)
    if (outcome.kind !== "next") return { outcome, begun: [] }
    checkPatch(instance.shape, instance.state, outcome.patch)
    const plan = planEffects(instance, outcome.effects, {
      content: input.kind === "send",
      offer: input.kind === "offer",
    })
    const begun: Begun[] = []
    for (const effect of plan.begins) {
      const started = await begin(effect)
      if (typeof started === "string") return { outcome: { kind: "refused", code: started }, begun: [] }
      if (started !== undefined) begun.push(started)
    }
    return { outcome, plan, begun }
  } catch (error) {
    return { ...faulty(instance.type, error), begun: [] }
  }
}

async function runStep(
  instance: LabInstance,
  state: LoadedState,
  input: AnyInput,
  { tools, crypto, nowMs }: Bench,
): Promise<AnyOutcome> {
  const context = stepContext(instance.type, tools, crypto, nowMs, instance)
  const outcome = instance.machine.step(state, input, context)
  return outcome instanceof Promise ? await kept(outcome) : outcome
}

/** The same from pieces, with the randomness that the bench brings. */
export function stepAgain(
  instance: LabInstance,
  pieces: ReadonlyMap<string, Uint8Array>,
  input: AnyInput,
  bench: Bench,
): Promise<AnyOutcome> {
  return runStep(instance, decodePieces(instance.shape, pieces), input, bench)
}

export async function runStart(type: AnyConversationType, input: Start, bench: Bench): Promise<AnyStarted> {
  const { machine } = type.conversation as unknown as { machine: AnyStarter }
  const outcome = machine.start(input, startContext(type, bench.tools, bench.crypto, bench.nowMs))
  return (outcome instanceof Promise ? await kept(outcome) : outcome) as AnyStarted
}

/** A conversation's `start`, up to the point where something would change. Never throws. */
export async function evaluateStart(
  type: AnyConversationType,
  input: Start,
  consent: Consent,
  bench: Bench,
): Promise<{ readonly outcome: AnyStarted; readonly begun?: Begun; readonly fault?: ColloquyError }> {
  if (type.conversation === undefined) return { outcome: { kind: "refused", code: "NOT_SUPPORTED" } }
  try {
    const outcome = await runStart(type, input, bench)
    return begunBy(type, outcome, input.kind, consent, input.kind === "create" && input.first !== undefined)
  } catch (error) {
    return faulty(type, error)
  }
}

/** A resident's `start`. Never throws. */
export function evaluateResident(
  type: AnyConversationType,
  bench: Bench,
): { readonly outcome: AnyStarted; readonly begun?: Begun; readonly fault?: ColloquyError } {
  try {
    return begunBy(type, runResident(type, bench), "resident", "allowed", false)
  } catch (error) {
    return faulty(type, error)
  }
}

export function runResident(type: AnyConversationType, bench: Bench): AnyStarted {
  return residentStarter(type).start(startContext(type, bench.tools, bench.crypto, bench.nowMs)) as AnyStarted
}

function begunBy(
  type: AnyConversationType,
  started: AnyStarted,
  input: Begun["input"],
  consent: Consent,
  content: boolean,
): { readonly outcome: AnyStarted; readonly begun?: Begun } {
  assertOutcome(started)
  if (started.kind !== "next") return { outcome: started }
  const outcome = started as unknown as Extract<Started<Shape, Effect<Vocabulary>>, { kind: "next" }>
  assertOwnId(type, outcome.conversation)
  const resident = input === "resident"
  const instance = new LabInstance({ id: outcome.conversation, type, resident, consent }, {})
  const state = blankState(instance.shape)
  checkComplete(instance.shape, outcome.patch)
  checkPatch(instance.shape, state, outcome.patch)
  applyPatch(instance.shape, state, outcome.patch)
  instance.state = state
  instance.machine.view?.(state)
  const plan = planEffects(instance, outcome.effects, { content, offer: false })
  return { outcome: started, begun: { instance, outcome, plan, input } }
}

/** Nothing of a foreign error is kept but its code and its words, which a report shows. */
function faulty(
  { id }: AnyConversationType,
  error: unknown,
): { readonly outcome: AnyOutcome; readonly fault: ColloquyError } {
  const code = codeOf(error) ?? "TYPE_FAULT"
  const message = error instanceof Error ? error.message : `${id} threw what is no error`
  const fault = error instanceof ColloquyError ? error : new ColloquyError(code, message, { cause: error })
  return { outcome: { kind: "refused", code }, fault }
}

import type { AnyConversationType, Crypto, GuaranteeName, RequirementId } from "@colloquy/core"
import type { Inspector } from "../laboratory/laboratory.js"
import type { ConversationTypeFixture, Established } from "./fixture.js"

/** Figures and names that stand beside a result: counts, lengths, the hexadecimal digits of a payload, where a key was found. */
export type Facts = Readonly<Record<string, string | number>>

/** What one check saw. `tries` is how many attempts it made, so that a check that tried nothing shows. */
export type CheckResult =
  | { readonly verdict: "held"; readonly tries: number; readonly facts?: Facts }
  | { readonly verdict: "broken"; readonly finding: string; readonly facts?: Facts }
  /** Only a person can tell. */
  | { readonly verdict: "review"; readonly question: string }
  | { readonly verdict: "not-applicable"; readonly reason: string }

/** One way to find out whether a type keeps a rule or a promise. */
export interface Check {
  /** Stands in the report, the test's title and the documents: `CT-9.duplicate-fields`, `forward-secrecy.stolen-state`. */
  readonly id: string
  readonly proves: RequirementId | GuaranteeName
  /** What holds when it is held. */
  readonly title: string
  /** A rejection counts as broken. */
  run(context: CheckContext): Promise<CheckResult>
}

export interface EstablishOptions {
  readonly participants?: number
  /** Another world, with other people and other keys. */
  readonly salt?: string
  /** Whether operations on keys are written to the trace; they are by default. */
  readonly record?: boolean
  readonly inspect?: Inspector
  /** Types to run instead of the fixture's: for a variant of the type. */
  readonly types?: readonly AnyConversationType[]
}

export interface CheckContext {
  readonly type: AnyConversationType
  readonly fixture: ConversationTypeFixture
  readonly crypto: Crypto
  /** Every choice of a check is drawn from it, so that a finding comes back. */
  readonly seed: number
  /** Types that the same client may run, whose ids and payloads must not be mistaken for this one's. */
  readonly others: readonly AnyConversationType[]
  /** A fresh laboratory in which a conversation of the type is open. The same seed and salt make the same bytes. */
  establish(options?: EstablishOptions): Promise<Established>
}

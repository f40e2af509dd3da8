import { ColloquyError } from "../errors.js"
import { printTypeId } from "../identifiers/type-id.js"
import type { Machine, Resident, Vocabulary } from "../machine/machine.js"
import type { Shape } from "../machine/state.js"
import { checkMachines, checkName, checkRecommended, checkRequired } from "./check-definition.js"
import type { ConversationType } from "./conversation-type.js"
import type { Declaration } from "./declaration.js"
import type { Finding } from "./requirements.js"

type Conversing<S extends Shape, R extends Shape, C extends Vocabulary, N extends Vocabulary> =
  | {
      readonly state: S
      readonly conversation: Machine<S, C, N>
      readonly residentState?: R
      readonly resident?: Resident<R>
    }
  | {
      readonly residentState: R
      readonly resident: Resident<R>
      readonly state?: undefined
      readonly conversation?: undefined
    }

export type Definition<S extends Shape, R extends Shape, C extends Vocabulary, N extends Vocabulary> = Declaration & {
  readonly commands?: C
  readonly notices?: N
} & Conversing<S, R, C, N>

/**
 * The one way to make a ConversationType. What a type MUST define is required by the compiler and checked again here:
 * `TYPE_INVALID` lists every violation at once, by requirement. What it SHOULD define and does not is in the type's `warnings`.
 */
export function defineConversationType<
  const S extends Shape,
  const R extends Shape = Record<never, never>,
  C extends Vocabulary = Record<never, never>,
  N extends Vocabulary = Record<never, never>,
>(definition: Definition<S, R, C, N>): ConversationType<C, N> {
  const violations: Finding[] = []
  const warnings: Finding[] = []
  const name = checkName(definition, violations, warnings)
  checkRequired(definition, violations)
  checkMachines(definition, violations)
  if (name === undefined || violations.length > 0)
    throw new ColloquyError(
      "TYPE_INVALID",
      `the ConversationType is not complete: ${violations.map(({ id, message }) => `${id}: ${message}`).join("; ")}`,
      { fields: { requirements: violations.map(({ id }) => id) } },
    )
  checkRecommended(definition, warnings)
  const { commands, notices, state, conversation, residentState, resident, ...declaration } = definition
  return {
    id: printTypeId(name),
    name,
    declaration,
    commands: commands ?? ({} as C),
    notices: notices ?? ({} as N),
    warnings,
    ...(conversation === undefined ? {} : { conversation: { state, machine: conversation } }),
    ...(resident === undefined ? {} : { resident: { state: residentState ?? {}, machine: resident } }),
  }
}

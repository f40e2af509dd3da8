import type { TypeId, TypeName } from "../identifiers/type-id.js"
import type { Machine, Resident, Vocabulary } from "../machine/machine.js"
import type { Shape } from "../machine/state.js"
import type { Declaration } from "./declaration.js"
import type { Finding } from "./requirements.js"

/** A machine together with the shape of the state that it is stored in. */
export interface StatefulMachine<S extends Shape, C extends Vocabulary, N extends Vocabulary> {
  readonly state: S
  readonly machine: Machine<S, C, N>
}

export interface StatefulResident<S extends Shape> {
  readonly state: S
  readonly machine: Resident<S>
}

/**
 * A way of conversing, as one checked value: made by `defineConversationType` only.
 * A type has a `conversation`, a `resident`, or both; one with a resident alone, as an inbox, is one instance per account.
 */
export interface ConversationType<C extends Vocabulary = Vocabulary, N extends Vocabulary = Vocabulary> {
  readonly id: TypeId
  readonly name: TypeName
  readonly declaration: Declaration
  readonly commands: C
  readonly notices: N
  /** Rules that it should meet and does not: for its author, not for its users. */
  readonly warnings: readonly Finding[]
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the state's shape is the type's own business
  readonly conversation?: StatefulMachine<any, C, N>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
  readonly resident?: StatefulResident<any>
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a registry holds types of any vocabulary
export type AnyConversationType = ConversationType<any, any>

import type { AnyConversationType } from "@colloquy/core"
import { InboxV1, PrivateV1 } from "colloquy"

/** A command of a type, as its declaration names it. */
export interface SimulatedCommand {
  readonly name: string
  readonly body: unknown
}

/** A type as the simulator uses it: what its declaration can't say. */
export interface SimulatedType {
  readonly type: AnyConversationType
  /** Whether it brings everything at last over a service that loses and alters; else it is run in a gentle climate alone. */
  readonly repairs: boolean
  /** Whether every message of ours is acknowledged at last. */
  readonly acknowledges: boolean
  /** What else can be said in it, besides content. */
  readonly commands?: readonly SimulatedCommand[]
  /** How a conversation goes on whose owner has lost a part of its state. */
  readonly recover?: SimulatedCommand
  /** How one more is let into a conversation that is there, under his introduction. Without it a conversation has two people. */
  join?(introduction: string): SimulatedCommand
}

/** The types that can be spoken in, and what carries their invites. */
export interface Types {
  readonly spoken: readonly SimulatedType[]
  readonly beside: readonly AnyConversationType[]
}

export const builtIn: Types = {
  spoken: [{ type: PrivateV1, repairs: true, acknowledges: true, recover: { name: "reset", body: {} } }],
  beside: [InboxV1],
}

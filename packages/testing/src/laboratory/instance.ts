import { plainResident } from "@colloquy/client/laboratory"
import {
  type AnyConversationType,
  ColloquyError,
  type Consent,
  type ConversationContext,
  type ConversationId,
  type Crypto,
  type ListenEffect,
  type MaybePromise,
  type Resident,
  type Route,
  type Shape,
  type Start,
  type StartContext,
  type Started,
  toHex,
  type View,
} from "@colloquy/core"
import { type Account, stepContext } from "./account.js"
import type { AnyInput, AnyOutcome, InstanceView } from "./laboratory.js"
import { decodePieces, encodePieces, type LoadedState } from "./pieces.js"

/** What both kinds of machines can do. */
export interface AnyMachine {
  readonly carries?: boolean
  step(state: LoadedState, input: AnyInput, context: ConversationContext): MaybePromise<AnyOutcome>
  routes(state: LoadedState, context: ConversationContext): readonly Route[]
  view?(state: LoadedState): View
  backup?(state: LoadedState): Uint8Array
}

export interface AnyStarter {
  start(input: Start, context: StartContext): MaybePromise<Started<Shape, never>>
}

/** An input that can't be judged yet. */
export interface Later {
  readonly input: AnyInput
  readonly atMs: number
  offered: boolean
}

/** The state's shape and the machine of a type's conversations or of its resident, which every type has. */
export function machineOf(
  type: AnyConversationType,
  resident: boolean,
): { readonly state: Shape; readonly machine: AnyMachine } {
  const found = resident
    ? (type.resident ?? plainResident(type.declaration.conversationIds.from))
    : (type.conversation as unknown)
  if (found === undefined) throw new ColloquyError("NOT_SUPPORTED", `${type.id} has no conversations`)
  return found as { state: Shape; machine: AnyMachine }
}

export function residentStarter(type: AnyConversationType): Resident<Shape> {
  return machineOf(type, true).machine as unknown as Resident<Shape>
}

export function routeKey({ topic, hint }: Route): string {
  return hint === undefined ? topic : `${topic} ${toHex(hint)}`
}

export interface InstanceFields {
  readonly id: ConversationId
  readonly type: AnyConversationType
  readonly resident: boolean
  readonly consent: Consent
}

/** One machine with its state, where it listens, and what waits for it. */
export class LabInstance {
  readonly id: ConversationId
  readonly type: AnyConversationType
  readonly resident: boolean
  readonly shape: Shape
  readonly machine: AnyMachine
  state: LoadedState
  consent: Consent
  wakeAtMs: number | undefined
  /** The last wake, which may have left its deadline standing. */
  wokenAtMs: number | undefined
  /** How many wakes in a row left their deadline standing. */
  standing = 0
  readonly routes = new Map<string, Route>()
  laters: Later[] = []

  constructor({ id, type, resident, consent }: InstanceFields, state: LoadedState) {
    const { state: shape, machine } = machineOf(type, resident)
    this.id = id
    this.type = type
    this.resident = resident
    this.shape = shape
    this.machine = machine
    this.consent = consent
    this.state = state
  }

  pieces(): Map<string, Uint8Array> {
    return encodePieces(this.shape, this.state)
  }

  reload(): void {
    this.state = decodePieces(this.shape, this.pieces())
  }

  listen({ add, drop }: Pick<ListenEffect, "add" | "drop">): void {
    for (const route of drop) this.routes.delete(routeKey(route))
    for (const route of add) this.routes.set(routeKey(route), route)
  }

  /** When it is to be woken; one that left its deadline standing gets a second of rest. */
  dueAtMs(): number | undefined {
    const { wakeAtMs, wokenAtMs } = this
    if (wakeAtMs === undefined || wokenAtMs === undefined || wakeAtMs > wokenAtMs) return wakeAtMs
    return wokenAtMs + 1000
  }

  /** The same by encoding and decoding. */
  copy(): LabInstance {
    const copy = new LabInstance(this, decodePieces(this.shape, this.pieces()))
    copy.wakeAtMs = this.wakeAtMs
    copy.wokenAtMs = this.wokenAtMs
    for (const [key, route] of this.routes) copy.routes.set(key, route)
    copy.laters = this.laters.map((later) => ({ ...later }))
    return copy
  }

  view(account: Account, crypto: Crypto, nowMs: number): InstanceView {
    const { id, type, resident, wakeAtMs } = this
    return {
      id,
      type: type.id,
      resident,
      ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
      listening: [...this.routes.values()],
      routes: () => this.machine.routes(this.state, stepContext(type, account.quiet(), crypto, nowMs, this)),
      pieces: () => this.pieces(),
      backup: () => this.machine.backup?.(this.state).slice(),
    }
  }
}

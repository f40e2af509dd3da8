import type {
  AnyConversationType,
  ConversationId,
  Crypto,
  Effect,
  Input,
  Machine,
  Outcome,
  Patch,
  Resident,
  ResidentEffect,
  ResidentInput,
  Self,
  Shape,
  Start,
  StartContext,
  Vocabulary,
} from "@colloquy/core"

type State = Record<string, unknown>
type AnyMachine = Machine<Shape, Vocabulary, Vocabulary>

/** Runs a type's machines in memory, without client, storage or delivery: what a step alone costs. */
export class MachineDriver {
  readonly #type: AnyConversationType
  readonly #crypto: Crypto
  readonly #random: (bytes: number) => Uint8Array
  readonly #self: Self
  #state: State = {}
  #residentState: State = {}
  #conversation: ConversationId | undefined
  #nowMs = Date.now()

  constructor(type: AnyConversationType, self: Self, crypto: Crypto, random: (bytes: number) => Uint8Array) {
    this.#type = type
    this.#self = self
    this.#crypto = crypto
    this.#random = random
  }

  /** Starts the resident and asks it for an offer. */
  offer(): Uint8Array {
    const resident = this.#type.resident as { state: Shape; machine: Resident<Shape> }
    const started = resident.machine.start(this.#context())
    this.#residentState = blank(resident.state)
    apply(this.#residentState, started.patch, resident.state)
    const effects = this.resident({ kind: "offer", expiresAtMs: this.#nowMs + 86_400_000 })
    const offered = effects.find((effect) => effect.kind === "offered")
    if (offered === undefined) throw new Error("the resident offers nothing")
    return offered.offer
  }

  /** Time passes. */
  pass(ms: number): void {
    this.#nowMs += ms
  }

  resident(input: ResidentInput): readonly ResidentEffect[] {
    const resident = this.#type.resident as { state: Shape; machine: Resident<Shape> }
    const context = { ...this.#context(), conversation: "/x/1/x" as ConversationId, consent: "allowed" as const }
    const outcome = resident.machine.step(this.#residentState as never, input, context)
    if (outcome instanceof Promise) throw new Error("the bench wants synchronous steps")
    if (outcome.kind !== "next") throw new Error(`refused: ${outcome.code}`)
    apply(this.#residentState, outcome.patch, resident.state)
    return outcome.effects
  }

  start(input: Start): readonly Effect<Vocabulary>[] {
    const { state, machine } = this.#type.conversation as { state: Shape; machine: AnyMachine }
    const started = machine.start(input, this.#context())
    if (started instanceof Promise) throw new Error("the bench wants synchronous steps")
    if (started.kind === "refused") throw new Error(`refused: ${started.code}`)
    this.#conversation = started.conversation
    this.#state = blank(state)
    apply(this.#state, started.patch, state)
    return started.effects
  }

  step(input: Input<Vocabulary>): readonly Effect<Vocabulary>[] {
    const { state, machine } = this.#type.conversation as { state: Shape; machine: AnyMachine }
    const context = {
      ...this.#context(),
      conversation: this.#conversation as ConversationId,
      consent: "allowed" as const,
    }
    const outcome = machine.step(this.#state as never, input, context) as Outcome<Patch<Shape>, Effect<Vocabulary>>
    if (outcome.kind !== "next") throw new Error(`refused: ${outcome.code}`)
    apply(this.#state, outcome.patch, state)
    return outcome.effects
  }

  #context(): StartContext {
    const { name, declaration } = this.#type
    return {
      nowMs: this.#nowMs++,
      random: this.#random,
      crypto: this.#crypto,
      readIntroduction: () => undefined,
      self: this.#self,
      conversationId: (material) => declaration.conversationIds.make(name, material, this.#crypto),
    }
  }
}

function blank(shape: Shape): State {
  return Object.fromEntries(
    Object.entries(shape).flatMap(([name, piece]) => (piece.kind === "table" ? [[name, new Map()]] : [])),
  )
}

function apply(state: State, patch: Patch<Shape>, shape: Shape): void {
  for (const [name, change] of Object.entries(patch)) {
    if (shape[name]?.kind === "cell") {
      state[name] = change
      continue
    }
    const rows = state[name] as Map<string, unknown>
    for (const [row, value] of change as unknown as ReadonlyMap<string, unknown>)
      if (value === undefined) rows.delete(row)
      else rows.set(row, value)
  }
}

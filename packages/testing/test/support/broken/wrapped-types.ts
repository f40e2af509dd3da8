import {
  type AnyConversationType,
  bytesCodec,
  type Context,
  type Crypto,
  type MaybePromise,
  table,
  toHex,
} from "@colloquy/core"

type Step = (state: object, input: { readonly kind: string }, context: Context) => MaybePromise<Outcome>
interface Told {
  readonly kind: string
  readonly from?: unknown
}
interface Outcome {
  readonly kind: string
  readonly patch?: Readonly<Record<string, unknown>>
  readonly effects?: readonly object[]
  readonly wipe?: readonly Uint8Array[]
}
interface Stateful {
  readonly state: Record<string, unknown>
  readonly machine: { start: (...given: never[]) => MaybePromise<Outcome>; step: Step }
}

/** The same type, whose machines keep a copy of every buffer that they ask to be overwritten. */
export function hoarding(type: AnyConversationType): AnyConversationType {
  return wrapped(type, (part) => ({
    ...part,
    state: { ...part.state, hoard: table(bytesCodec, 10_000) },
    machine: {
      ...part.machine,
      start: (...given: never[]) => then(part.machine.start(...given), hoarded),
      step: (state, input, context) => then(part.machine.step(state, input, context), hoarded),
    },
  }))
}

function hoarded(outcome: Outcome): Outcome {
  if (outcome.kind !== "next") return outcome
  const rows = (outcome.wipe ?? []).map((buffer) => [toHex(buffer).slice(0, 32), buffer.slice()] as const)
  return rows.length === 0 ? outcome : { ...outcome, patch: { ...outcome.patch, hoard: new Map(rows) } }
}

/** The same type, whose machines deliver what they open and keep the state that they had. */
export function standingStill(type: AnyConversationType): AnyConversationType {
  return afterStep(type, (outcome, input) => {
    if (input.kind !== "receive" || outcome.kind !== "next") return outcome
    const effects = (outcome.effects ?? []).filter((effect) => (effect as { kind: string }).kind !== "listen")
    return { ...outcome, patch: {}, effects, wipe: [] }
  })
}

/** The same type over other primitives, or with other draws. */
export function over(
  type: AnyConversationType,
  change: (context: Context) => { readonly crypto?: Partial<Crypto>; readonly random?: Context["random"] },
): AnyConversationType {
  /** Kept, since types keep what they prepare for each provider. */
  const cryptos = new WeakMap<Crypto, Crypto>()
  const changed = (given: unknown): unknown => {
    if (typeof given !== "object" || given === null || !("crypto" in given)) return given
    const context = given as Context
    const { crypto: changes, random } = change(context)
    const crypto = cryptos.get(context.crypto) ?? { ...context.crypto, ...changes }
    cryptos.set(context.crypto, crypto)
    return { ...context, crypto, random: random ?? context.random }
  }
  return wrapped(type, (part) => ({
    ...part,
    machine: Object.fromEntries(
      Object.entries(part.machine).map(([name, member]) => [
        name,
        typeof member === "function"
          ? (...given: unknown[]) => (member as (...given: unknown[]) => unknown)(...given.map(changed))
          : member,
      ]),
    ) as unknown as Stateful["machine"],
  }))
}

/** The same type, whose machines answer something else. */
export function afterStep(
  type: AnyConversationType,
  change: (outcome: Outcome, input: { readonly kind: string }, context: Context) => Outcome,
): AnyConversationType {
  return wrapped(type, (part) => ({
    ...part,
    machine: {
      ...part.machine,
      step: (state, input, context) =>
        then(part.machine.step(state, input, context), (outcome) => change(outcome, input, context)),
    },
  }))
}

/** The same type, whose machines are told something else. */
export function beforeStep(
  type: AnyConversationType,
  change: (input: Told, state: Readonly<Record<string, unknown>>, context: Context) => Told,
): AnyConversationType {
  return wrapped(type, (part) => ({
    ...part,
    machine: {
      ...part.machine,
      step: (state, input, context) =>
        part.machine.step(state, change(input, state as Readonly<Record<string, unknown>>, context), context),
    },
  }))
}

/** At once where the machine answers at once. */
function then(outcome: MaybePromise<Outcome>, change: (outcome: Outcome) => Outcome): MaybePromise<Outcome> {
  return outcome instanceof Promise ? outcome.then(change) : change(outcome)
}

function wrapped(type: AnyConversationType, wrap: (part: Stateful) => Stateful): AnyConversationType {
  const part = (one: unknown): never => wrap(one as Stateful) as never
  return {
    ...type,
    ...(type.conversation === undefined ? {} : { conversation: part(type.conversation) }),
    ...(type.resident === undefined ? {} : { resident: part(type.resident) }),
  }
}

import { type AnyConversationType, printTypeId, type TypeId } from "@colloquy/core"
import type { AnyMachine } from "../../laboratory/instance.js"
import type { AnyOutcome } from "../../laboratory/laboratory.js"

/**
 * The same type as another version of itself: another id, and everything else as it was. Its machines go on naming themselves as they do;
 * the parcels are relabelled at the border.
 */
export function otherVersion(type: AnyConversationType): AnyConversationType {
  const name = { ...type.name, version: type.name.version + 1 }
  const id = printTypeId(name)
  const { conversation, resident } = type
  const relabelled = <M extends { readonly machine: object }>(stateful: M): M => ({
    ...stateful,
    machine: relabel(stateful.machine as AnyMachine, type.id, id),
  })
  return {
    ...type,
    id,
    name,
    ...(conversation === undefined ? {} : { conversation: relabelled(conversation) }),
    ...(resident === undefined ? {} : { resident: relabelled(resident) }),
  }
}

interface Labelled {
  readonly type: TypeId
}

function relabel(machine: AnyMachine, own: TypeId, other: TypeId): AnyMachine {
  const inward = <P extends Labelled>(parcel: P): P => (parcel.type === other ? { ...parcel, type: own } : parcel)
  const outward = <P extends Labelled>(parcel: P): P => (parcel.type === own ? { ...parcel, type: other } : parcel)
  const answer = (outcome: AnyOutcome): AnyOutcome => {
    if (outcome.kind !== "next") return outcome
    const effects = outcome.effects.map((effect) =>
      effect.kind === "carry" || effect.kind === "handover" ? { ...effect, parcel: outward(effect.parcel) } : effect,
    )
    return { ...outcome, effects }
  }
  const answered = (outcome: AnyOutcome | Promise<AnyOutcome>): AnyOutcome | Promise<AnyOutcome> =>
    outcome instanceof Promise ? outcome.then(answer) : answer(outcome)
  const { start } = machine as unknown as { start(...given: unknown[]): AnyOutcome | Promise<AnyOutcome> }
  // A machine may be an object of a class, whose methods want to be called on it.
  const delegated = new Proxy(machine, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === "function" ? (value.bind(target) as unknown) : value
    },
  })
  return Object.assign(Object.create(delegated) as AnyMachine, {
    start: (...given: unknown[]) => answered(start.apply(machine, given)),
    step(...[state, input, context]: Parameters<AnyMachine["step"]>) {
      const relabelled = "parcel" in input ? { ...input, parcel: inward(input.parcel) } : input
      return answered(machine.step(state, relabelled, context))
    },
  })
}

import type { AnyConversationType, ConversationId } from "@colloquy/core"
import type { Loot, Subject, WirePayload } from "../../laboratory/laboratory.js"
import { openLaboratory } from "../../laboratory/open-laboratory.js"
import type { CheckContext, CheckResult } from "../check.js"
import type { Established } from "../fixture.js"
import { Moving } from "./moving.js"
import { expecting, hasHeard, listeners, ownPayloads, utter } from "./rehearsal.js"
import { otherVersion } from "./variant.js"

/** Two worlds in which everything is the same but the version: what is said in one is offered in the other. */
export async function movedToVersion(context: CheckContext): Promise<CheckResult> {
  const { type, fixture } = context
  const variant = otherVersion(type)
  const types: AnyConversationType[] = [variant, ...(fixture.beside ?? [])]
  const question = "the type could not be run as another version of itself: what binds a payload to the version?"
  const [own, other] = [await context.establish({ record: false }), await establishedAs(context, types)]
  if (other === undefined) return (await movedToRecipient(context, own, types)) ?? { verdict: "review", question }
  let tries = 0
  for (const [index, by] of own.people.entries()) {
    const said = await utter(context, own, by, "version")
    for (const payload of said.payloads)
      for (const person of listeners(other, other.people[index] as Subject))
        for (const instance of person.instances().filter((one) => one.type === variant.id)) {
          const moving = new Moving(other, person, payload)
          await moving.to(person, instance, [payload])
          tries += moving.tries
          if (moving.finding !== undefined)
            return { verdict: "broken", finding: `as version ${variant.name.version}, ${moving.finding}` }
        }
    await own.laboratory.settle()
  }
  return tries > 0 ? { verdict: "held", tries } : { verdict: "review", question }
}

/** The same people with the variant, if they can converse at all. */
async function establishedAs(
  context: CheckContext,
  types: readonly AnyConversationType[],
): Promise<Established | undefined> {
  try {
    const probe = await context.establish({ record: false, types })
    const variant = types[0] as AnyConversationType
    const [by] = probe.people as [Subject]
    const { content } = await utter({ ...context, type: variant }, probe, by, "probe")
    await probe.laboratory.settle()
    const works =
      ownPayloads({ type: variant }, probe.laboratory).length > 0 &&
      listeners(probe, by).every((person) => hasHeard(person, content))
    return works ? await context.establish({ record: false, types }) : undefined
  } catch {
    return undefined
  }
}

/**
 * Where the type can't be run as another version of itself: the recipient alone is one, with everything else that he had. `undefined` where
 * he could not open a payload as the version that he is either.
 */
async function movedToRecipient(
  context: CheckContext,
  own: Established,
  types: readonly AnyConversationType[],
): Promise<CheckResult | undefined> {
  const { type, fixture } = context
  const variant = types[0] as AnyConversationType
  let tries = 0
  for (const by of own.people) {
    const { payloads } = await utter(context, own, by, "recipient")
    for (const payload of payloads)
      for (const person of listeners(own, by)) {
        const target = expecting(person, payload).find((instance) => instance.type === type.id)
        if (target === undefined) continue
        const asHeIs = await accepts([type, ...(fixture.beside ?? [])], person.steal(), target.id, payload)
        if (!asHeIs) return undefined
        const id = target.id.replace(`/${type.name.version}/`, `/${variant.name.version}/`) as ConversationId
        tries++
        if (await accepts(types, renamed(person.steal(), target.id, id, variant), id, payload))
          return {
            verdict: "broken",
            finding: `a payload is accepted by ${person.name} as version ${variant.name.version}`,
          }
      }
    await own.laboratory.settle()
  }
  return tries === 0 ? undefined : { verdict: "held", tries }
}

/** Whether someone with this state accepts a payload. */
async function accepts(
  types: readonly AnyConversationType[],
  loot: Loot,
  id: ConversationId,
  { topic, hint, payload }: WirePayload,
): Promise<boolean> {
  const laboratory = await openLaboratory({ types, seed: 0, record: false })
  const recipient = laboratory.thief("recipient", loot)
  const outcome = await recipient.attempt(id, {
    kind: "receive",
    topic,
    payload,
    ...(hint === undefined ? {} : { hint }),
  })
  return outcome.kind === "next"
}

function renamed(
  { identitySeed, instances }: Loot,
  from: ConversationId,
  to: ConversationId,
  { id }: AnyConversationType,
): Loot {
  const moved = Array.from(instances, ([key, found]) =>
    key === from ? ([to, { ...found, type: id }] as const) : ([key, found] as const),
  )
  return { identitySeed, instances: new Map(moved) }
}

import type { Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { arrivalOf, nameOf, type Said, Scene, stateOf, timesHeard } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

/** Bits at the beginning and at the end of a payload are all tried, and so many in between. */
const edgeBytes = 32
const bitsBetween = 96

export const integrityAttacks: readonly Check[] = [
  {
    id: "integrity.altered",
    proves: "integrity",
    title:
      "a payload of which a bit, the length or a half is altered is refused and changes nothing, and the genuine one still opens",
    run: alter,
  },
]

async function alter(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  await scene.converse(1)
  let tries = 0
  for (let round = 0; round < 2; round++)
    for (const person of scene.people) {
      const said = await scene.say(person)
      const held = scene.laboratory.hold()
      const other = await sibling(scene, person)
      // The second time it comes late: others have overtaken it.
      if (round === 1) {
        await scene.say(person)
        await scene.laboratory.settle()
      }
      for (const payload of scene.payloads().filter(({ number }) => held.some((one) => one.number === number)))
        for (const hearer of scene.othersThan(person)) {
          const before = stateOf(hearer)
          for (const altered of alterations(payload.payload, other, context)) {
            tries++
            const finding = await offer(scene, hearer, payload, altered, said)
            if (finding !== undefined) return broken(finding)
          }
          // A refusal does not change what a laboratory keeps; a machine that writes to its state does.
          if (stateOf(hearer) !== before)
            return broken(`altered copies of ${nameOf(payload)} were refused and changed the state`)
        }
      for (const payload of held)
        for (const hearer of scene.othersThan(person)) await hearer.receive(arrivalOf(payload))
      await scene.laboratory.settle()
      for (const hearer of scene.othersThan(person))
        if (held.length > 0 && timesHeard(hearer, said.marker) !== 1)
          return broken(
            `after altered copies the genuine ${held.map(nameOf).join(", ")} was heard ${timesHeard(hearer, said.marker)} times`,
          )
    }
  for (const payload of await scene.command())
    for (const hearer of scene.people) {
      if (hearer.participant === payload.by) continue
      for (const altered of alterations(payload.payload, undefined, context)) {
        tries++
        const finding = await offer(scene, hearer, payload, altered)
        if (finding !== undefined) return broken(finding)
      }
    }
  return tries === 0 ? notApplicable("the type published nothing") : held(tries)
}

/** Another payload of the same person, whose halves are put in the place of the first one's. Said in a world of its own. */
async function sibling(scene: Scene, person: Subject): Promise<Uint8Array | undefined> {
  const fork = scene.fork("sibling")
  const before = fork.laboratory.wire.length
  await fork.say(fork.twin(person))
  return fork.payloads(before)[0]?.payload
}

async function offer(
  scene: Scene,
  hearer: Subject,
  payload: WirePayload,
  altered: Altered,
  said?: Said,
): Promise<string | undefined> {
  const before = hearer.reactions.length
  await hearer.receive({ ...arrivalOf(payload), payload: altered.bytes })
  const what = `${nameOf(payload)} with ${altered.what}`
  const accepted = hearer.reactions.slice(before).find(({ outcome }) => outcome.kind === "next")
  if (accepted !== undefined)
    return `${what} was accepted${said !== undefined && timesHeard(hearer, said.marker) > 0 ? ", and its content delivered" : ""}`
  return scene.laboratory.faults.find(({ input }) => input === "receive") === undefined
    ? undefined
    : `${what} made the machine throw`
}

interface Altered {
  readonly bytes: Uint8Array
  readonly what: string
}

function* alterations(
  payload: Uint8Array,
  other: Uint8Array | undefined,
  { crypto, seed }: CheckContext,
): Generator<Altered> {
  const bits = new Set<number>()
  for (let byte = 0; byte < payload.length; byte++)
    if (byte < edgeBytes || byte >= payload.length - edgeBytes)
      for (let bit = 0; bit < 8; bit++) bits.add(8 * byte + bit)
  const drawn = crypto.hash(payload, 64, Uint8Array.of(seed & 255))
  for (let i = 0; i < bitsBetween; i++) {
    const at = ((drawn[i % 64] as number) * 0x1_0000 + (drawn[(7 * i + 3) % 64] as number) * 0x100 + i) * 2_654_435_761
    bits.add(at % (8 * payload.length))
  }
  for (const bit of bits) {
    const bytes = payload.slice()
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
    yield { bytes, what: `bit ${bit & 7} of byte ${bit >> 3} flipped` }
  }
  for (const length of [0, 1, 16, payload.length - 16, payload.length - 1])
    if (length >= 0 && length < payload.length)
      yield { bytes: payload.slice(0, length), what: `only its first ${length} bytes` }
  for (const more of [1, 16]) {
    const bytes = new Uint8Array(payload.length + more)
    bytes.set(payload)
    yield { bytes, what: `${more} bytes more` }
  }
  if (other?.length === payload.length)
    for (const at of [12, 24, 64, payload.length >> 1, payload.length - 16]) {
      const bytes = payload.slice()
      bytes.set(other.subarray(at), at)
      yield { bytes, what: `another payload from byte ${at} on` }
    }
  yield { bytes: new Uint8Array(payload.length), what: "zeros in its place" }
}

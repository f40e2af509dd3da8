import { toHex } from "@colloquy/core"
import type { Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import type { Knowledge } from "./knowledge.js"
import { stealFor } from "./loot.js"
import type { RuleBook } from "./rules.js"
import { arrivalOf, heardIn, nameOf, type Said, Scene } from "./scene.js"
import { hasKey, resealed, sealingsOf, sealingsWith } from "./sealings.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

export const deniabilityAttacks: readonly Check[] = [
  {
    id: "deniability.signatures",
    proves: "deniability",
    title: "nothing that is said, sealed or used as a key is signed, directly or through a hash",
    run: lookForSignatures,
  },
  {
    id: "deniability.forgery",
    proves: "deniability",
    title: "the recipient alone can make each payload, with other content, and its machine takes it for the sender's",
    run: forge,
  },
]

async function lookForSignatures(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.live()
  const book = scene.rules()
  const payloads = scene.payloads()
  const tainted = taint(scene, book)
  let tries = 0
  for (const { name, number, inputs, by } of scene.laboratory.trace.operations) {
    if (name !== "sign" && name !== "identity-sign") continue
    tries++
    const message = inputs["message"] ?? new Uint8Array()
    const found = book.strings
      .matches(book.strings.intern(message))
      .map(({ value }) => tainted.get(value))
      .find((what) => what !== undefined)
    if (found !== undefined) return broken(`operation #${number} signs ${found} with the key of ${by.slice(0, 8)}…`)
  }
  if (payloads.length === 0) return notApplicable("the type published nothing")
  return held(tries + payloads.length, { "signatures made": tries, "payloads": payloads.length })
}

/** Values that a signature must not cover, by number: what was said, ciphertexts on the wire, their keys, and hashes of any of these. */
function taint(scene: Scene, book: RuleBook): ReadonlyMap<number, string> {
  const { strings } = book
  const tainted = new Map<number, string>()
  for (const { marker } of scene.said) tainted.set(strings.intern(marker), "what was said")
  for (const payload of scene.payloads())
    for (const { ciphertext, key, plaintext } of sealingsOf(book, payload)) {
      tainted.set(ciphertext, `a part of ${nameOf(payload)}`)
      tainted.set(key, `a key of ${nameOf(payload)}`)
      tainted.set(plaintext, `the text of ${nameOf(payload)}`)
    }
  // Rules stand in the order of the operations, so that a hash comes after what it is made of.
  for (const { operation, needs, gives } of book.rules) {
    if (operation.name !== "hash") continue
    const through = needs.flatMap(({ matches }) => matches).map(({ value }) => tainted.get(value))
    const what = through.find((found) => found !== undefined && !found.startsWith("a key"))
    for (const text of gives) if (what !== undefined && !tainted.has(text)) tainted.set(text, `a hash of ${what}`)
  }
  return tainted
}

/** One thing that was said, and what its hearer had before it came. */
interface Instance {
  readonly said: Said
  readonly payload: WirePayload
  readonly hearer: Subject
  readonly loot: ReturnType<Subject["steal"]>
  readonly world: Scene
}

async function forge(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  const instances: Instance[] = []
  for (let round = 0; round < 2; round++)
    for (const person of scene.people) {
      const said = await scene.say(person)
      for (const hearer of scene.othersThan(person))
        for (const payload of said.payloads)
          instances.push({ said, payload, hearer, loot: hearer.steal(), world: scene.fork() })
      await scene.laboratory.settle()
    }
  const book = scene.rules()
  if (!scene.isTraced(book)) return untraced
  let tries = 0
  for (const instance of instances) {
    const sealings = sealingsWith(book, instance.payload, instance.said.marker)
    // In a conversation of several a payload may be for somebody else.
    if (sealings.length === 0 || heardIn(instance.hearer, instance.said.marker).length === 0) continue
    const recipient = scene.observer(book)
    stealFor(recipient, instance.hearer.name, instance.loot)
    recipient.close()
    tries++
    const finding = await forgeOne(instance, book, recipient)
    if (finding !== undefined) return broken(finding)
  }
  if (tries === 0) return notApplicable("no payload shows what it was sealed with")
  return held(tries, { "payloads forged": tries })
}

async function forgeOne(
  { said, payload, hearer, world }: Instance,
  book: RuleBook,
  recipient: Knowledge,
): Promise<string | undefined> {
  const { crypto } = world.context
  const missing = sealingsOf(book, payload).find((sealing) => !hasKey(recipient, book, sealing))
  if (missing !== undefined)
    return `${hearer.name} cannot compute the key ${toHex(book.strings.bytes(missing.key).subarray(0, 4))}… of ${nameOf(payload)}, so that only its sender can have made it`
  const [sealing] = sealingsWith(book, payload, said.marker)
  if (sealing === undefined) return undefined
  const instead = world.marker(said.marker.length)
  const forged = resealed(crypto, book, payload, sealing, { said: said.marker, instead })
  const fork = world.twin(hearer)
  await fork.receive({ ...arrivalOf(payload), payload: forged })
  const heard = heardIn(fork, instead).find(({ from }) => from === said.by.participant)
  if (heard !== undefined) return undefined
  return `${hearer.name} cannot make ${nameOf(payload)} with other content: his own machine refuses it`
}

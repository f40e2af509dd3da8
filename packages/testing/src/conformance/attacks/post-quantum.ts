import type { Crypto } from "@colloquy/core"
import { codeOf } from "@colloquy/core"
import { openLaboratory } from "../../laboratory/open-laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { open } from "../establish.js"
import { heardIn, nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

export const postQuantumAttacks: readonly Check[] = [
  {
    id: "post-quantum-confidentiality.curves-broken",
    proves: "post-quantum-confidentiality",
    title: "who recorded everything and then computes every X25519 secret reads nothing",
    run: breakCurves,
  },
  {
    id: "post-quantum-confidentiality.needs-kem",
    proves: "post-quantum-confidentiality",
    title: "without the KEM's secret nothing opens, also for the recipient",
    run: breakDecapsulation,
  },
]

async function breakCurves(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.live()
  const book = scene.rules()
  const quantum = scene.observer(book, { hidesMarkers: true })
  let tries = 0
  for (const { name, inputs, outputs, number, by } of scene.laboratory.trace.operations) {
    const give = (bytes: Uint8Array | undefined, what: string): void => {
      if (bytes === undefined) return
      tries++
      quantum.give(
        bytes,
        `${what} of ${scene.laboratory.subjects.find(({ participant }) => participant === by)?.name}, #${number}`,
      )
    }
    if (name === "agreementKeyPair") give(outputs["secretKey"], "the X25519 secret")
    if (name === "agree" || name === "identity-agree") give(outputs["shared"], "an X25519 result")
    if (name === "agree") give(inputs["secretKey"], "the X25519 secret")
    if (name === "agreementSecretKey") give(outputs["secretKey"], "the X25519 form")
  }
  quantum.close()
  for (const { marker, payloads } of scene.said)
    if (quantum.knows(marker))
      return broken(
        `${payloads.map(nameOf).join(", ")} is open to who can compute X25519 secrets: ${quantum.explain(marker)}`,
      )
  if (!scene.isTraced(book)) return untraced
  return held(scene.said.length, { "X25519 secrets and results given away": tries })
}

/** Everybody's decapsulation gives something else: then no side can follow the other, if what is said depends on the KEM at all. */
async function breakDecapsulation(context: CheckContext): Promise<CheckResult> {
  const { type, fixture, crypto, seed } = context
  let decapsulated = 0
  const wrong: Crypto = {
    ...crypto,
    kemDecapsulate(secretKey, ciphertext) {
      decapsulated++
      return crypto.hash(crypto.kemDecapsulate(secretKey, ciphertext), 32)
    },
  }
  const laboratory = await openLaboratory({
    types: [type, ...(fixture.beside ?? [])],
    seed,
    record: false,
    crypto: wrong,
  })
  const people = [await laboratory.person("saro"), await laboratory.person("raya")]
  const marker = new Scene(context, { laboratory, people, conversation: "" as never }).marker()
  try {
    const conversation = await open(context, { laboratory, people })
    const scene = new Scene(context, { laboratory, people, conversation })
    for (const person of people) {
      await scene.speak(person, marker)
      await laboratory.settle()
    }
  } catch (error) {
    if (codeOf(error) === undefined) throw error
  }
  if (people.some((person) => heardIn(person, marker, { type: type.id }).length > 0))
    return broken("what was said was read although no decapsulation gave the right secret: nothing depends on the KEM")
  return decapsulated === 0 ? notApplicable("no machine came as far as a decapsulation") : held(decapsulated)
}

import { type Crypto, type Participant, participantKey, toBase64url, toHex, utf8 } from "@colloquy/core"
import type { WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { commonStrings, shownBytes, shows } from "./common-strings.js"
import { includes } from "./bytes-inside.js"
import { nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable } from "./verdict.js"

export const senderPrivacyAttacks: readonly Check[] = [
  {
    id: "sender-privacy.identity",
    proves: "sender-privacy",
    title: "no identity stands on the wire, follows from it, or can be tested against it",
    run: lookForIdentities,
  },
  {
    id: "sender-privacy.mark",
    proves: "sender-privacy",
    title: "no string of 8 bytes stands in several payloads of one person and in nobody else's",
    run: lookForMarks,
  },
]

async function lookForIdentities(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.live()
  const payloads = scene.payloads()
  if (payloads.length === 0) return notApplicable("the type published nothing")
  const book = scene.rules()
  // An introduction names its owner to whoever holds it, so its holders are another matter.
  const observer = scene.observer(book, { introductions: false }).close()
  let tries = 0
  for (const person of scene.people) {
    const forms = formsOf(person.participant, context.crypto)
    for (const payload of payloads)
      for (const [form, bytes] of forms) {
        tries++
        if (includes(shownBytes(payload), bytes) || includes(utf8(payload.topic), bytes))
          return broken(`${form} of a participant stands in ${nameOf(payload)}`)
      }
    for (const { bytes, operation } of observer.gained()) {
      tries++
      if (isOpened(operation.name))
        for (const [form, identity] of forms)
          if (includes(bytes, identity))
            return broken(`everybody can open what holds ${form} of a participant: ${observer.explain(bytes)}`)
      if (operation.name !== "hash" || operation.by !== person.participant) continue
      if (!Object.values(operation.inputs).some((input) => forms.some(([, identity]) => includes(input, identity))))
        continue
      const shown = payloads.find((payload) => payload.by === person.participant && shows(payload, bytes))
      if (shown !== undefined)
        return broken(
          `who suspects a sender can compute a part of ${nameOf(shown)} from his identity: hash #${operation.number}`,
        )
    }
  }
  return held(tries)
}

async function lookForMarks(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.converse(6)
  const payloads = scene.payloads(scene.established)
  if (payloads.length < 4) return notApplicable("the type published less than four payloads")
  for (const { bytes, places } of commonStrings(payloads.map(shownBytes))) {
    const senders = new Set(places.map((place) => (payloads[place] as WirePayload).by))
    if (senders.size > 1) continue
    const [first, second] = places.map((place) => nameOf(payloads[place] as WirePayload))
    return broken(
      `${first} and ${second} are of one sender, and both have the bytes ${toHex(bytes)}, which no other's have`,
    )
  }
  return held(payloads.length)
}

/** Everything that names a person. */
function formsOf(participant: Participant, crypto: Crypto): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const key = participantKey(participant)
  return [
    ["the identity key", key],
    ["the X25519 form", crypto.agreementPublicKey(key) ?? key],
    ["the name", utf8(participant)],
    ["the base64url form", utf8(toBase64url(key))],
  ]
}

function isOpened(name: string): boolean {
  return ["seal", "sealX", "open", "openX"].includes(name)
}

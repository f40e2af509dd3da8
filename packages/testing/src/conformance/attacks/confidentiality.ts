import { empty, equalBytes, toHex, utf8 } from "@colloquy/core"
import type { Operation } from "../../laboratory/crypto-trace.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { shows } from "./common-strings.js"
import { includes } from "./bytes-inside.js"
import { arrivalOf, heardIn, nameOf, Scene } from "./scene.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

export const confidentialityAttacks: readonly Check[] = [
  {
    id: "confidentiality.observer",
    proves: "confidentiality",
    title: "who records the wire, and has every introduction and public key, can compute nothing that was said",
    run: observe,
  },
  {
    id: "confidentiality.stranger",
    proves: "confidentiality",
    title:
      "the machines of others, friends of everybody in the conversation among them, open nothing that they overhear",
    run: overhear,
  },
  {
    id: "confidentiality.guesses",
    proves: "confidentiality",
    title: "who guesses what was said cannot tell from the wire whether he is right",
    run: guess,
  },
  {
    id: "confidentiality.nonces",
    proves: "confidentiality",
    title: "no key and nonce seal two different texts",
    run: compareNonces,
  },
]

async function observe(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.live()
  for (const { marker } of scene.said)
    for (const payload of scene.laboratory.wire)
      if (
        [payload.payload, payload.hint ?? new Uint8Array(), utf8(payload.topic)].some((bytes) =>
          includes(bytes, marker),
        )
      )
        return broken(`what was said stands in ${nameOf(payload)} as it was said`)
  const book = scene.rules()
  const observer = scene.observer(book).close()
  for (const { marker, payloads } of scene.said)
    if (observer.knows(marker)) {
      const where = payloads.map(nameOf).join(", ") || "another payload"
      return broken(`what was said in ${where} follows from what everybody sees: ${observer.explain(marker)}`)
    }
  if (!scene.isTraced(book)) return untraced
  return held(scene.said.length, {
    "payloads recorded": scene.laboratory.wire.length,
    "operations considered": scene.laboratory.trace.operations.length,
    "computed by the observer": observer.rulesUsed,
  })
}

async function overhear(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  scene.laboratory.recording = false
  const eve = await scene.laboratory.person("eve")
  const walter = await scene.befriended("walter")
  const before = scene.laboratory.wire.length
  await scene.converse(2)
  let tries = 0
  for (const payload of scene.payloads(before))
    for (const listener of [eve, walter]) {
      await listener.receive(arrivalOf(payload))
      for (const { id } of listener.instances()) {
        await listener.step(id, { kind: "receive", ...arrivalOf(payload) })
        tries++
      }
    }
  if (tries === 0) return notApplicable("the type published nothing")
  for (const { marker } of scene.said)
    for (const listener of [eve, walter])
      if (heardIn(listener, marker).length > 0)
        return broken(`the machines of ${listener.name}, to whom nobody said it, delivered what was said`)
  return held(tries)
}

/** Hashes that an observer can compute once he supposes a text, and that show on the wire. */
async function guess(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.converse(2)
  const book = scene.rules()
  const ignorant = scene.observer(book, { hidesMarkers: true }).close()
  const known = new Set(Array.from(ignorant.gained(), ({ operation }) => operation.number))
  const guessing = scene.observer(book)
  for (const { marker } of scene.said) guessing.give(marker, "a guess")
  guessing.close()
  let tries = 0
  for (const { bytes, operation } of guessing.gained()) {
    if (operation.name !== "hash" || known.has(operation.number)) continue
    tries++
    const shown = scene.laboratory.wire.find((payload) => shows(payload, bytes))
    if (shown !== undefined)
      return broken(
        `${nameOf(shown)} shows a hash of what was said, which everybody can compute: hash #${operation.number}`,
      )
  }
  if (scene.payloads().length === 0) return notApplicable("the type published nothing")
  return held(scene.said.length, { "hashes of guesses that could be computed": tries })
}

async function compareNonces(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.live()
  for (const person of scene.people) person.reload()
  await scene.converse(2)
  const sealed = new Map<string, Operation>()
  for (const operation of scene.laboratory.trace.operations) {
    const { name, number, inputs } = operation
    if (name !== "seal" && name !== "sealX") continue
    const { key, nonce, plaintext, additional } = inputs as Readonly<Record<string, Uint8Array>>
    if (key === undefined || nonce === undefined || plaintext === undefined || additional === undefined) continue
    const under = `${name} ${toHex(key)} ${toHex(nonce)}`
    const before = sealed.get(under)
    sealed.set(under, operation)
    if (before === undefined) continue
    if (
      equalBytes(before.inputs["plaintext"] ?? empty, plaintext) &&
      equalBytes(before.inputs["additional"] ?? empty, additional)
    )
      continue
    return broken(
      `operations #${before.number} and #${number} seal different texts under one key and nonce, ${toHex(nonce)}`,
    )
  }
  return sealed.size === 0 ? untraced : held(sealed.size)
}

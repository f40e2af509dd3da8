import { utf8 } from "@colloquy/core"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { arrivalOf, heardIn, includes, nameOf, Scene } from "./scene.js"
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

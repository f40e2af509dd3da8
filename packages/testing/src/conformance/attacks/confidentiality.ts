import { utf8 } from "@colloquy/core"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { heardIn, includes, nameOf, Scene } from "./scene.js"
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
    title: "the machines of someone who is not part of the conversation open nothing that they overhear",
    run: overhear,
  },
]

async function observe(context: CheckContext): Promise<CheckResult> {
  const scene = await Scene.open(context)
  await scene.converse(3)
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
  const eve = await scene.laboratory.person("eve")
  await scene.converse(2)
  let tries = 0
  for (const { topic, hint, payload, type } of scene.laboratory.wire) {
    if (type !== context.type.id) continue
    const arrival = { topic, payload, ...(hint === undefined ? {} : { hint }) }
    await eve.receive(arrival)
    for (const { id } of eve.instances()) {
      await eve.step(id, { kind: "receive", ...arrival })
      tries++
    }
  }
  if (tries === 0) return notApplicable("the type published nothing")
  for (const { marker } of scene.said)
    if (heardIn(eve, marker).length > 0) return broken("a stranger's machines delivered what was said to others")
  return held(tries)
}

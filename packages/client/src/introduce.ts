import { ColloquyError, empty } from "@colloquy/core"
import type { Instance } from "./instance/instance.js"
import { refusal } from "./instance/refusal.js"
import { encodeIntroduction, introductionAgeMaxMs, type IntroductionOffer } from "./introduction/introduction.js"
import type { Runtime } from "./runtime/runtime.js"

/** Throws `BAD_EXPIRY` unless the introduction is good for one second to 90 days. */
export async function introduce(runtime: Runtime, options: { readonly expiresInMs?: number }): Promise<string> {
  const { expiresInMs = 7 * 24 * 60 * 60 * 1000 } = options
  if (!Number.isInteger(expiresInMs) || expiresInMs < 1000 || expiresInMs > introductionAgeMaxMs)
    throw new ColloquyError("BAD_EXPIRY", "an introduction is good for one second to 90 days")
  return (await makeIntroduction(runtime, runtime.environment.clock.nowMs() + expiresInMs)).text
}

/**
 * Makes a single-use introduction: every registered type's resident is asked for its offer, the whole is signed, and the residents learn
 * its digest before anyone else sees it.
 */
export async function makeIntroduction(
  runtime: Runtime,
  untilMs: number,
): Promise<{ readonly text: string; readonly bytes: Uint8Array }> {
  const { account, environment, registry } = runtime
  const createdAtMs = environment.clock.nowMs()
  // A type may have asked for one before the clock was set back.
  const expiresAtMs = Math.min(untilMs, createdAtMs + introductionAgeMaxMs)
  const offers: IntroductionOffer[] = []
  for (const type of registry.types) {
    if (type.resident === undefined) {
      // Nothing is needed to start it, but who is introduced must know that it is accepted.
      offers.push({ type: type.id, body: empty })
      continue
    }
    const resident = await residentOf(runtime, type.id)
    const settled = await resident.enqueue({ kind: "offer", expiresAtMs })
    if (settled.outcome === "refused" && settled.code === "NOT_SUPPORTED") continue
    if (settled.offer === undefined) throw refusal(type.id, settled)
    offers.push({ type: type.id, body: settled.offer })
  }
  const { text, bytes, digest } = encodeIntroduction(
    { participant: account.participant, inboxTopic: account.inboxTopic, createdAtMs, expiresAtMs, uses: 1, offers },
    (message) => account.sign(message),
    environment.crypto,
  )
  for (const { type, body } of offers) {
    if (registry.get(type)?.resident === undefined) continue
    const resident = await residentOf(runtime, type)
    const settled = await resident.enqueue({ kind: "introduced", offer: body, introductionDigest: digest, expiresAtMs })
    if (settled.outcome !== "next" && settled.code !== "NOT_SUPPORTED") throw refusal(resident.type.id, settled)
  }
  return { text, bytes }
}

async function residentOf({ instances }: Runtime, type: string): Promise<Instance> {
  const id = instances.residentOf(type)
  const instance = id === undefined ? undefined : await instances.get(id)
  if (instance === undefined) throw new ColloquyError("STORE_DAMAGED", "a resident's record is missing")
  return instance
}

import {
  type AnyConversationType,
  type Context,
  type Crypto,
  fromUtf8,
  type Outcome,
  toHex,
  utf8,
} from "@colloquy/core"
import { openLaboratory, type Subject } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { expect, it } from "vitest"
import { ChannelV1 } from "../src/index.js"

const dayMs = 24 * 3_600_000
const secretNames = ["chain", "key", "maskKey", "place", "signingSeed", "root"]
type Step = (state: object, input: { readonly kind: string }, context: Context) => Outcome<object, unknown>

/**
 * The same type, watched: what a step replaces, deletes or derives and does not keep must be overwritten when it is done, in the very buffer, at once or
 * by `wipe`. Buffers that stay in memory are what a thief of the memory finds.
 */
function watched(found: string[], counts: { secrets: number }): AnyConversationType {
  const type: AnyConversationType = ChannelV1
  const part = type.conversation as NonNullable<AnyConversationType["conversation"]>
  const machine = part.machine as unknown as { readonly step: Step }
  const step: Step = (state, input, context) => {
    const derived: Uint8Array[] = []
    const labels = new Map<Uint8Array, string>()
    const crypto: Crypto = {
      ...context.crypto,
      hash(message, bytes, key) {
        const hash = context.crypto.hash(message, bytes, key)
        if (bytes === 32) {
          labels.set(hash, fromUtf8(message) ?? "bytes")
          derived.push(hash)
        }
        return hash
      },
      openX(...given) {
        const opened = context.crypto.openX(...given)
        if (opened !== undefined) derived.push(opened)
        return opened
      },
    }
    const outcome = machine.step(state, input, { ...context, crypto })
    const before = outcome.kind === "next" ? secretsOf(state) : []
    const patch = outcome.kind === "next" ? outcome.patch : {}
    const kept = new Set(secretsOf(after(state, patch)).map(({ bytes }) => toHex(bytes)))
    const wiped = new Set(outcome.kind === "next" ? (outcome.wipe ?? []) : [])
    for (const { bytes, name } of [
      ...before,
      ...derived.map((bytes) => ({ bytes, name: labels.get(bytes) ?? "text" })),
    ]) {
      counts.secrets++
      const isErased = wiped.has(bytes) || bytes.every((byte) => byte === 0)
      if (!isErased && !kept.has(toHex(bytes))) found.push(`${input.kind} ${outcome.kind}: ${name}`)
    }
    // What memory forgets, the store must not keep.
    for (const bytes of wiped)
      if (bytes.some((byte) => byte !== 0) && kept.has(toHex(bytes)))
        found.push(`${input.kind} ${outcome.kind}: wiped and kept in the state`)
    return outcome
  }
  return { ...type, conversation: { ...part, machine: { ...machine, step } as never } }
}

function secretsOf(value: unknown, name = ""): { readonly name: string; readonly bytes: Uint8Array }[] {
  if (value instanceof Uint8Array)
    return secretNames.includes(name) && value.length === 32 ? [{ name, bytes: value }] : []
  if (value instanceof Map) return [...value.values()].flatMap((row) => secretsOf(row, name))
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([field, one]) => secretsOf(one, field))
}

function after(state: object, patch: object): object {
  const pieces = Object.entries(state).map(([name, value]) => {
    const change = (patch as Record<string, unknown>)[name]
    if (change === undefined) return [name, value]
    if (!(value instanceof Map)) return [name, change]
    const rows = new Map([...value, ...(change as Map<string, unknown>)])
    return [name, new Map([...rows].filter(([, row]) => row !== undefined))]
  })
  return Object.fromEntries(pieces) as object
}

it("CH1-7, CH1-12, CH1-13: no step leaves a key in memory that it does not keep, whatever happens", async () => {
  const found: string[] = []
  const counts = { secrets: 0 }
  const laboratory = await openLaboratory({ types: [watched(found, counts), InboxV1], seed: 1, record: false })
  const saro = await laboratory.person("saro")
  const readers: Subject[] = []
  const introductions: Uint8Array[] = []
  for (const name of ["raya", "pax", "nils"]) {
    readers.push(await laboratory.person(name))
    introductions.push(await (readers.at(-1) as Subject).introduce())
  }
  const [raya, pax, nils] = readers as [Subject, Subject, Subject]
  const channel = await saro.start(ChannelV1.id, introductions)
  await laboratory.settle()
  for (const reader of readers) await reader.allow(channel)
  await laboratory.settle()
  const post = async (arrives: boolean) => {
    await saro.send(channel, utf8("a post"))
    const held = arrives ? [] : laboratory.hold()
    await laboratory.settle()
    return held
  }
  await post(true)
  const late = [...(await post(false)), ...(await post(false))]
  await post(true)
  for (const reader of readers) {
    // One that comes late, altered first, and one that never comes.
    const [payload] = late as [(typeof late)[0]]
    const altered = payload.payload.slice()
    altered[100] = (altered[100] as number) ^ 1
    await reader.receive({ ...payload, payload: altered })
    await reader.receive(payload)
  }
  const ahead = await post(false)
  for (const payload of ahead) {
    const forged = payload.payload.slice()
    forged[200] = (forged[200] as number) ^ 1
    await raya.receive({ ...payload, payload: forged })
    // Numbers were passed over for it in vain.
    for (const next of await post(false)) {
      const far = next.payload.slice()
      far[200] = (far[200] as number) ^ 1
      await raya.receive({ ...next, payload: far })
    }
  }
  await saro.command(channel, "remove", { readers: [pax.participant] })
  await laboratory.settle()
  await post(true)
  await nils.command(channel, "leave", {})
  await laboratory.settle()
  const [ended] = await post(false)
  await saro.command(channel, "rename", { name: "News" })
  await laboratory.settle()
  await raya.receive(ended as NonNullable<typeof ended>)
  await laboratory.pass(31 * dayMs)
  await laboratory.settle()
  await saro.command(channel, "invite", { reader: pax.participant })
  const introduction = Buffer.from(await pax.introduce()).toString("base64url")
  await saro.command(channel, "add", { introduction })
  await laboratory.settle()
  await post(true)
  await post(false)
  await saro.command(channel, "close", {})
  await laboratory.settle()
  expect([...new Set(found)]).toEqual([])
  expect(counts.secrets).toBeGreaterThan(500)
  expect(raya.delivered.length).toBeGreaterThan(3)
  expect(laboratory.faults).toEqual([])
})

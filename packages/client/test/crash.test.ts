import { type ConversationId, ColloquyError } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { crashingStorage, type CrashMoment } from "./support/crashing-storage.js"
import { heldDelivery } from "./support/held-delivery.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { UnsafeWhisperV1 } from "./support/unsafe-whisper.js"
import { conversation, eventsOf, type Person, settle, text, textsOf, World } from "./support/world.js"

type Type = typeof UnsafeTalkV1 | typeof UnsafeWhisperV1

const arrivals = ["at once", "late", "overtaking"] as const

interface Scenario {
  readonly type: Type
  /** Whose store is taken away, at which of its commits, and how. */
  readonly who: "saro" | "raya"
  readonly commit: number
  readonly moment: CrashMoment
  /**
   * `at once`: what Saro writes reaches Raya as he writes it. `late`: she is away meanwhile. `overtaking`: it reaches her all at once, the
   * invitation last.
   */
  readonly arrival: (typeof arrivals)[number]
}

/** Saro writes four messages, Raya answers with three, and one of them crashes once. `false` when the commit was never reached. */
async function run({ type, who, commit, moment, arrival }: Scenario): Promise<boolean> {
  const world = new World({ tickMs: 1, delivery: { batchPayloadsMax: 2 } })
  const types = [type, UnsafeCarrierV1]
  const held = heldDelivery(world.delivery)
  const saro = await world.person("saro", { types, delivery: held.open })
  const raya = await world.person("raya", { types })
  const crashing = who === "saro" ? saro : raya
  const storage = crashingStorage(crashing.store, commit, moment)
  await crashing.client.close()
  await crashing.open({ storage }).catch(() => undefined)

  const introduction = await persistently(raya, () => raya.client.introduce())
  if (arrival === "late") await raya.client.close()
  if (arrival === "overtaking") held.hold()
  const id = await persistently(saro, () => startOnce(saro, introduction))
  for (const word of ["one", "two", "three"])
    await persistently(saro, async () => (await conversation(saro, id)).send(text(word), { key: word }))
  await revive(saro)
  held.releaseReversed()
  await revive(saro)
  await revive(raya)
  await persistently(raya, () => raya.client.requests.allow(id))
  for (const word of ["uno", "due", "tre"])
    await persistently(raya, async () => (await conversation(raya, id)).send(text(word), { key: word }))
  await revive(raya)
  await revive(saro)
  await world.clock.advance(5000)
  await revive(raya)
  await revive(saro)

  const written = ["zero", "one", "two", "three"]
  const answered = ["uno", "due", "tre"]
  for (const [person, outgoing, incoming] of [
    [saro, written, answered],
    [raya, answered, written],
  ] as const) {
    const expected = [...outgoing.map((word) => `> ${word}`), ...incoming.map((word) => `< ${word}`)]
    expect((await textsOf(person, id)).sort()).toEqual(expected.sort())
    const events = (await eventsOf(person)).filter((event) => event.type === "message")
    expect(events.map(({ message }) => message.id).length).toBe(incoming.length)
    const { items } = await (await conversation(person, id)).messages()
    for (const { direction, state } of items)
      if (direction === "out") expect(["published", "acknowledged"]).toContain(state)
  }
  const crashed = storage.crashed()
  await world.close()
  return crashed
}

async function startOnce(saro: Person, introduction: string): Promise<ConversationId> {
  try {
    return (await saro.client.conversations.start(introduction, { content: text("zero") })).id
  } catch (error) {
    if (error instanceof ColloquyError && error.code === "INTRODUCTION_CONSUMED")
      return error.fields["conversation"] as ConversationId
    throw error
  }
}

/** What an application does whose process is started again: it tries once more. */
async function persistently<T>(person: Person, action: () => Promise<T>): Promise<T> {
  await revive(person)
  try {
    return await action()
  } catch (error) {
    expect(error).toMatchObject({ code: "STORE_LOST" })
    await revive(person)
    return action()
  }
}

/** Opens a client that is not open, as often as it takes. */
async function revive(person: Person): Promise<void> {
  await settle()
  for (;;)
    try {
      await person.client.conversations.list({ limit: 1 })
      return
    } catch {
      await person.open().catch((error: unknown) => expect(error).toMatchObject({ code: "STORE_LOST" }))
      await settle()
    }
}

describe("a store that is lost at any commit (invariants 1, 2, 3)", () => {
  for (const type of [UnsafeTalkV1, UnsafeWhisperV1])
    for (const who of ["saro", "raya"] as const)
      for (const moment of ["before", "after"] as const)
        for (const arrival of arrivals)
          it(`of ${who}, ${moment} it is written: ${type.id} loses and repeats nothing that comes ${arrival}`, async () => {
            let commit = 1
            while (
              await run({ type, who, commit, moment, arrival }).catch((error: unknown) => {
                throw new Error(`at commit ${commit}`, { cause: error })
              })
            )
              commit++
            expect(commit).toBeGreaterThan(10)
          })
})

import { ColloquyError, type ConversationId, type DeliveryService, type Publication, type Topic } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { Outbox, type OutboxEntry } from "./outbox.js"
import type { Runtime } from "./runtime.js"

function entry(sequence: number, replaces = ""): OutboxEntry {
  return {
    sequence,
    id: new Uint8Array(16).fill(sequence),
    topic: "/x/1/x/proto" as Topic,
    envelope: new Uint8Array(8).fill(sequence),
    origin: undefined,
    conversation: "/x/1/x" as ConversationId,
    expiresAtMs: 0,
    ephemeral: false,
    replaces,
  }
}

/** An outbox over a service that answers when it is told to, and a clock whose timers are run by hand. */
function setUp() {
  const timers: (() => void)[] = []
  const runtime = {
    environment: {
      clock: {
        nowMs: () => 0,
        after: (_: number, callback: () => void) => {
          timers.push(callback)
          return () => undefined
        },
      },
      random: (bytes: number) => new Uint8Array(bytes),
      logger: { log: () => undefined },
    },
    commit: () => Promise.resolve(),
  } as unknown as Runtime
  const asked: { readonly number: number; take(): void; fail(): void }[] = []
  const service = {
    publish: ({ payload }: Publication) =>
      new Promise((resolve, reject) => {
        asked.push({
          number: payload[0] as number,
          take: () => resolve({ proof: "stored" }),
          fail: () => reject(new ColloquyError("DELIVERY_DOWN", "down", { retry: "later" })),
        })
      }),
  } as unknown as DeliveryService
  const outbox = new Outbox(runtime)
  outbox.start(service)
  return {
    outbox,
    asked,
    numbers: () => asked.map(({ number }) => number),
    passTime: () => timers.splice(0).forEach((callback) => callback()),
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("the outbox", () => {
  it("publishes again in the first order what failed in another, and before what came meanwhile", async () => {
    const { outbox, asked, numbers, passTime } = setUp()
    outbox.add(
      [1, 2, 3].map((number) => entry(number)),
      new Set(),
    )
    expect(numbers()).toEqual([1, 2, 3])
    for (const one of [...asked].reverse()) one.fail()
    await settle()
    outbox.add([entry(4)], new Set())
    asked.length = 0
    passTime()
    expect(numbers()).toEqual([1, 2, 3, 4])
    for (const one of asked) one.take()
    await settle()
    expect(outbox.waiting).toBe(0)
  })

  it("keeps the place of what was taken out and put back", async () => {
    const { outbox, asked, numbers, passTime } = setUp()
    outbox.add([entry(1)], new Set())
    asked[0]?.fail()
    await settle()
    outbox.add(
      [2, 3].map((number) => entry(number)),
      new Set(),
    )
    const taken = outbox.withdrawAll("/x/1/x" as ConversationId)
    expect(taken.map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3])
    outbox.add([entry(4)], new Set())
    outbox.putBack(taken)
    asked.length = 0
    passTime()
    expect(numbers()).toEqual([1, 2, 3, 4])
  })

  it("does not publish again what was replaced while the service had it", async () => {
    const { outbox, asked, numbers, passTime } = setUp()
    outbox.add([entry(1, "probe")], new Set())
    outbox.add([entry(2, "probe")], new Set([1]))
    asked[0]?.fail()
    await settle()
    asked.length = 0
    passTime()
    expect(numbers()).toEqual([])
    expect(outbox.waiting).toBe(1)
  })

  it("publishes at most 256 at once, and each once", async () => {
    const { outbox, asked, numbers } = setUp()
    outbox.add(
      Array.from({ length: 600 }, (_, i) => ({ ...entry(i), envelope: new Uint8Array([i & 255, i >> 8]) })),
      new Set(),
    )
    expect(asked.length).toBe(256)
    const seen = new Set<number>()
    for (let at = 0; at < asked.length; at++) {
      asked[at]?.take()
      await settle()
      seen.add(at)
      expect(asked.length - seen.size).toBeLessThanOrEqual(256)
    }
    expect(numbers()).toHaveLength(600)
    expect(outbox.waiting).toBe(0)
  })
})

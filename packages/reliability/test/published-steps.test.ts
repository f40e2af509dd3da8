import { MessageChannel } from "@waku/sds"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type PublishedOptions,
  publishedFrames,
  publishedPieces,
  receivePublished,
  type SdsMessage,
} from "@colloquy/reliability"
import { seeded } from "./compact-pair.js"
import { PublishedSide, sha256Number } from "./published-side.js"

const startMs = 1_800_000_000_000
const minuteMs = 60_000
const text = (message: string): Uint8Array => new TextEncoder().encode(message)

/** One participant whose traffic is collected, and others whose messages are made up. */
class Stage {
  readonly out: { kind: string; message: SdsMessage }[] = []
  readonly us: PublishedSide
  nowMs = startMs

  constructor(options: Partial<PublishedOptions> = {}, random: () => number = () => 0) {
    this.us = new PublishedSide(
      "saro",
      random,
      (bytes, kind) => {
        const decoded = publishedFrames.decode(bytes)
        if (decoded.kind === "frame") this.out.push({ kind, message: decoded.frame })
      },
      options,
    )
  }

  hear(messageId: string, change: Partial<SdsMessage> = {}): void {
    const base: SdsMessage = { senderId: "raya", messageId, channelId: "reading", lamport: startMs, content: text("x") }
    this.us.receive(publishedFrames.encode({ ...base, ...change }), this.nowMs)
  }

  /** Wakes at each deadline until then. */
  run(untilMs: number): void {
    while (this.us.wakeAtMs !== undefined && this.us.wakeAtMs <= untilMs) {
      this.nowMs = Math.max(this.nowMs, this.us.wakeAtMs)
      this.us.wake(this.nowMs)
    }
    this.nowMs = untilMs
  }

  take(): { kind: string; message: SdsMessage }[] {
    return this.out.splice(0)
  }
}

const on = (...ids: string[]): Pick<SdsMessage, "causalHistory"> => ({
  causalHistory: ids.map((messageId) => ({ messageId, senderId: "raya" })),
})

describe("steps of the published profile", () => {
  it("RL-50: a message waits for all that it depends on, and a chain of them is delivered in its order", () => {
    const stage = new Stage()
    stage.hear("c", on("b", "a"))
    stage.hear("d", on("c"))
    stage.hear("b", on("a"))
    expect(stage.us.delivered).toEqual([])
    stage.hear("a")
    expect(stage.us.delivered).toEqual(["a", "b", "c", "d"])
    stage.hear("a")
    stage.hear("d", on("c"))
    expect(stage.us.delivered).toHaveLength(4)
    expect(stage.us.state.incoming.size).toBe(0)
  })

  it("RL-50, RL-60: after ten minutes it is delivered without, and what it depends on is told as missing, then as recovered", () => {
    const stage = new Stage()
    stage.hear("b", on("a"))
    stage.run(startMs + 10 * minuteMs - 1)
    expect(stage.us.delivered).toEqual([])
    expect(stage.us.missing).toEqual(["a"])
    stage.run(startMs + 10 * minuteMs)
    expect(stage.us.delivered).toEqual(["b"])
    stage.hear("a")
    expect(stage.us.delivered).toEqual(["b", "a"])
    expect(stage.us.recovered).toEqual(["a"])
  })

  it("RL-50: the 257th message that waits has the one that has waited longest delivered", () => {
    const stage = new Stage()
    for (let i = 0; i < 256; i++) {
      stage.nowMs++
      stage.hear(`m${i}`, on("none"))
    }
    expect(stage.us.delivered).toEqual([])
    stage.hear("one more", on("none"))
    expect(stage.us.delivered).toEqual(["m0"])
    expect(stage.us.state.incoming.size).toBe(256)
  })

  it("RL-55: a missing message is asked for within 30 to 120 seconds, three at a time, each time after a longer wait", () => {
    const stage = new Stage()
    stage.hear("e", on("a", "b", "c", "d"))
    stage.run(startMs + 30_000 - 1)
    expect(stage.take().filter(({ message }) => message.repairRequest !== undefined)).toEqual([])
    stage.run(startMs + 130_000)
    const asked = stage.take().flatMap(({ message }) => message.repairRequest ?? [])
    expect(asked.map(({ messageId }) => messageId).sort()).toEqual(["a", "b", "c", "d"])
    expect(asked.every(({ senderId }) => senderId === "raya")).toBe(true)
    stage.run(startMs + 30 * 24 * 60 * minuteMs)
    const later = stage.take()
    expect(later.every(({ message }) => (message.repairRequest?.length ?? 0) <= 3)).toBe(true)
    expect(later.flatMap(({ message }) => message.repairRequest ?? []).length).toBeLessThanOrEqual(4 * 8)
    expect(stage.us.wakeAtMs).toBeUndefined()
  })

  it("RL-56, RL-57, RL-58: requests are answered after T_resp, by the response group, unless somebody else was faster", () => {
    const stage = new Stage()
    const request = (id: string, senderId: string): Partial<SdsMessage> => ({
      content: new Uint8Array(),
      repairRequest: [{ messageId: id, senderId }],
    })
    stage.us.send("ours", startMs)
    const own = stage.take()[0]?.message.messageId as string
    stage.hear("theirs", { senderId: "pax" })
    stage.hear("sync 1", request(own, "saro"))
    stage.hear("sync 2", request("theirs", "pax"))
    expect(stage.us.state.owed.get(own)).toEqual({ respondAtMs: startMs })
    const distance = sha256Number("saro") ^ sha256Number("pax")
    const respondAtMs = startMs + Number((distance * sha256Number("theirs")) % 120_000n)
    expect(stage.us.state.owed.get("theirs")).toEqual({ respondAtMs })
    stage.run(startMs)
    expect(stage.take().map(({ kind, message }) => [kind, message.messageId])).toEqual([["repair", own]])
    stage.hear("theirs", { senderId: "pax" })
    expect(stage.us.state.owed.size).toBe(0)

    const groups = new Stage({ responseGroups: 7 })
    let answered = 0
    for (let i = 0; i < 700; i++) {
      groups.hear(`m${i}`, { senderId: "pax" })
      groups.hear(`sync ${i}`, request(`m${i}`, "pax"))
      const inGroup = sha256Number(`saro` + `m${i}`) % 7n === sha256Number(`paxm${i}`) % 7n
      expect(groups.us.state.owed.has(`m${i}`)).toBe(inGroup)
      if (inGroup) answered++
    }
    expect(answered).toBeGreaterThan(50)
    expect(answered).toBeLessThan(150)
  })

  it("RL-58: who hears that somebody else asks waits before asking himself", () => {
    const stage = new Stage()
    stage.hear("b", on("a"))
    const before = stage.us.state.wanted.get("a")?.requestAtMs as number
    stage.hear("sync", {
      content: new Uint8Array(),
      repairRequest: [{ messageId: "a", senderId: "raya" }],
      senderId: "pax",
    })
    expect(stage.us.state.wanted.get("a")?.requestAtMs).toBeGreaterThanOrEqual(before + 120_000 - 30_000)
  })

  it("RL-56: T_req and T_resp are those of @waku/sds", () => {
    const channel = new MessageChannel("reading", "saro")
    const manager = channel["repairManager"]
    const stage = new Stage()
    for (let i = 0; i < 50; i++) {
      stage.hear(`n${i}`, on(`m${i}`))
      expect(stage.us.state.wanted.get(`m${i}`)?.requestAtMs).toBe(manager?.calculateTReq(`m${i}`, startMs))
      stage.hear(`r${i}`, { content: new Uint8Array(), repairRequest: [{ messageId: `n${i}`, senderId: "raya" }] })
    }
    for (let i = 0; i < 50; i++) stage.hear(`m${i}`)
    for (let i = 0; i < 50; i++) {
      stage.hear(`s${i}`, { content: new Uint8Array(), repairRequest: [{ messageId: `m${i}`, senderId: "raya" }] })
      expect(stage.us.state.owed.get(`m${i}`)?.respondAtMs).toBe(manager?.calculateTResp("raya", `m${i}`, startMs))
    }
  })

  it("RL-53: a history acknowledges; one bloom filter that is nearly empty does too, a full one never", () => {
    const stage = new Stage()
    const [first, second, third] = ["a", "b", "c"].map((message) => stage.us.send(message, startMs)) as [
      string,
      string,
      string,
    ]
    const other = new Stage()
    other.hear(second, { senderId: "saro2" })
    other.run(startMs + minuteMs)
    const bloomFilter = other.take().at(-1)?.message.bloomFilter as Uint8Array
    stage.hear("1", { content: new Uint8Array(), ...on(first) })
    expect(stage.us.acknowledged).toEqual([first])
    stage.hear("2", { content: new Uint8Array(), bloomFilter: bloomFilter.slice(1) })
    stage.hear("3", { content: new Uint8Array(), bloomFilter: new Uint8Array(18_752).fill(255) })
    expect([stage.us.acknowledged, stage.us.possiblyAcknowledged]).toEqual([[first], []])
    stage.hear("4", { content: new Uint8Array(), bloomFilter })
    expect(stage.us.acknowledged).toEqual([first, second])
    expect([...stage.us.state.sent.keys()]).toEqual([third])
  })

  it("RL-53: a filter that errs more often makes a message possibly acknowledged, and two people's together acknowledged", () => {
    const stage = new Stage()
    const id = stage.us.send("a", startMs)
    const other = new Stage()
    for (let i = 0; i < 4999; i++) other.hear(`m${i}`)
    other.hear(id, { senderId: "saro2" })
    other.run(startMs + minuteMs)
    const bloomFilter = other.take().at(-1)?.message.bloomFilter as Uint8Array
    const sync = (senderId: string): void => stage.hear("sync", { content: new Uint8Array(), bloomFilter, senderId })
    sync("raya")
    sync("raya")
    expect([stage.us.possiblyAcknowledged, stage.us.acknowledged]).toEqual([[id], []])
    stage.run(startMs + 30_000)
    expect(stage.take().filter(({ kind }) => kind === "resend")).toHaveLength(1)
    stage.run(startMs + 6 * minuteMs)
    expect(stage.take().filter(({ kind }) => kind === "resend")).toHaveLength(0)
    sync("pax")
    expect(stage.us.acknowledged).toEqual([id])
  })

  it("RL-52: a message that nobody acknowledges is sent 36 times more and fails", () => {
    const stage = new Stage()
    const id = stage.us.send("hello?", startMs)
    stage.run(startMs + 60 * 24 * 60 * minuteMs)
    const resends = stage.take().filter(({ kind }) => kind === "resend")
    expect(resends).toHaveLength(36)
    expect(new Set(resends.map(({ message }) => `${message.messageId} ${message.lamport}`)).size).toBe(1)
    expect(stage.us.failed).toEqual([id])
    expect(stage.us.wakeAtMs).toBeUndefined()
  })

  it("RL-52: what is unacknowledged is sent again before what is possibly acknowledged, 64 in a step", () => {
    const stage = new Stage({}, seeded(2))
    const ids = Array.from({ length: 70 }, (_, i) => stage.us.send(`${i}`, startMs))
    const sent = stage.us.state.sent as Map<string, unknown>
    for (const id of ids.slice(0, 10)) {
      const row = stage.us.state.sent.get(id)
      sent.set(id, { ...row, possibly: { by: ["raya"], doubt: 0.01 } })
    }
    stage.take()
    stage.us.wake(startMs + 30_000)
    const again = stage.take().map(({ message }) => message.messageId)
    expect(again).toHaveLength(64)
    expect(again.slice(0, 60)).toEqual(ids.slice(10))
  })

  it("RL-50: a message that names a dependency twice, or waits for two, is delivered once", () => {
    const stage = new Stage()
    stage.hear("c", on("a", "a", "b", "b"))
    stage.hear("a")
    stage.hear("b")
    expect(stage.us.delivered).toEqual(["a", "b", "c"])
  })

  it("RL-52: at most 1,024 messages wait for their acknowledgement", () => {
    const stage = new Stage({}, seeded(1))
    for (let i = 0; i < 1024; i++) stage.us.send(`${i}`, startMs)
    expect(() => stage.us.send("one more", startMs)).toThrow("full")
  })

  it("RL-48: the Lamport time is the clock's, or one more than the highest delivered", () => {
    const stage = new Stage()
    stage.us.send("first", startMs)
    stage.us.send("second", startMs)
    stage.hear("ahead", { lamport: startMs + 500 })
    stage.us.send("third", startMs)
    stage.us.send("fourth", startMs + 9000)
    expect(stage.take().map(({ message }) => (message.lamport as number) - startMs)).toEqual([0, 1, 501, 9000])
  })

  it("RL-49: a message depends on the newest two and on whatever nothing depends on yet", () => {
    const stage = new Stage()
    for (const [i, id] of ["a", "b", "c", "d"].entries()) stage.hear(id, { lamport: startMs + i })
    stage.us.send("all", startMs + 100)
    const ids = stage.take()[0]?.message.causalHistory?.map(({ messageId }) => messageId)
    expect(ids).toEqual(["a", "b", "c", "d"])
    stage.us.send("next", startMs + 200)
    expect(stage.take()[0]?.message.causalHistory).toHaveLength(2)
  })

  it("RL-54: content calls for three sync messages at most, other sync messages for none", () => {
    const stage = new Stage()
    stage.hear("sync", { content: new Uint8Array() })
    expect(stage.us.wakeAtMs).toBeUndefined()
    stage.hear("a")
    stage.run(startMs + 24 * 60 * minuteMs)
    expect(stage.take().map(({ kind }) => kind)).toEqual(["sync", "sync", "sync"])
    stage.hear("b", on("a"))
    stage.hear("sync 2", { content: new Uint8Array(), senderId: "pax", ...on("a", "b") })
    stage.run(stage.nowMs + 24 * 60 * minuteMs)
    expect(stage.take().map(({ kind }) => kind)).toEqual(["sync", "sync"])
  })

  it.each<[string, Partial<SdsMessage>, string]>([
    ["another channel", { channelId: "other" }, "SDS_CHANNEL"],
    ["no channel", { channelId: "" }, "SDS_CHANNEL"],
    ["our own", { senderId: "saro" }, "SDS_OWN"],
    ["no sender", { senderId: "" }, "SDS_ID"],
    ["no id", { messageId: "" }, "SDS_ID"],
    ["a long id", { messageId: "m".repeat(129) }, "SDS_ID"],
    ["a long id in its history", on("m".repeat(129)), "SDS_ID"],
    ["a Lamport time of 2^48", { lamport: 2 ** 48 }, "SDS_LAMPORT"],
  ])("RL-46, RL-47: refuses a message of %s and changes nothing", (_, change, code) => {
    const stage = new Stage()
    const rows = stage.us.rowsTouched
    stage.hear("m", change)
    expect(stage.us.refused).toEqual([code])
    expect(stage.us.rowsTouched).toBe(rows)
  })
})

describe("the published profile against a hostile participant", () => {
  const id = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "x".repeat(200), "")
  const entry = fc.record(
    { messageId: id, senderId: fc.constantFrom("saro", "raya", "pax") },
    { requiredKeys: ["messageId"] },
  )
  const hostile: fc.Arbitrary<Partial<SdsMessage>> = fc.record(
    {
      senderId: fc.constantFrom("raya", "pax", "saro", ""),
      messageId: id,
      lamport: fc.oneof(fc.constant(startMs), fc.maxSafeNat(), fc.constant(0)),
      causalHistory: fc.array(entry, { maxLength: 4 }),
      bloomFilter: fc.oneof(fc.constant(new Uint8Array(18_752).fill(255)), fc.uint8Array({ maxLength: 40 })),
      repairRequest: fc.array(entry, { maxLength: 4 }),
      content: fc.uint8Array({ maxLength: 4 }),
    },
    { requiredKeys: ["senderId", "messageId"] },
  )

  it("RL-50: never throws, delivers nothing twice, falls silent in the end, and does the same from its store", () => {
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 40 }), fc.integer(), (messages, seed) => {
        const random = seeded(seed)
        const stage = new Stage({}, random)
        for (const message of messages) {
          if (random() < 0.3) stage.us.send("again", stage.nowMs)
          const { lamport, content, ...rest } = message
          const change = {
            ...rest,
            ...(lamport === undefined ? {} : { lamport }),
            ...(content === undefined ? {} : { content }),
          }
          stage.us.receive(publishedFrames.encode({ channelId: "reading", ...change }), stage.nowMs)
          if (random() < 0.5) stage.run(stage.nowMs + Math.floor(random() * 5 * minuteMs))
          for (const name of ["filter", "sent", "incoming", "wanted", "owed"] as const) {
            const { codec } = publishedPieces[name]
            const rows = new Map<string, unknown>()
            for (const [key, row] of stage.us.state[name]) rows.set(key, codec.decode(codec.encode(row as never), 1))
            stage.us.state = { ...stage.us.state, [name]: rows }
          }
          const { codec } = publishedPieces.channel
          stage.us.state = { ...stage.us.state, channel: codec.decode(codec.encode(stage.us.state.channel), 1) }
        }
        stage.run(stage.nowMs + 400 * 24 * 60 * minuteMs)
        expect(new Set(stage.us.delivered).size).toBe(stage.us.delivered.length)
        expect(stage.us.wakeAtMs).toBeUndefined()
        expect([stage.us.state.incoming.size, stage.us.state.owed.size]).toEqual([0, 0])
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  it("RL-46: wide histories and requests stay within their bounds", () => {
    const stage = new Stage()
    for (let i = 0; i < 20; i++)
      stage.hear(`m${i}`, on(...Array.from({ length: 200 }, (_, at) => `missing ${i} ${at}`)))
    expect(stage.us.state.wanted.size).toBe(1000)
    for (let i = 0; i < 1200; i++) stage.hear(`have ${i}`)
    for (let i = 0; i < 1200; i += 100) {
      const repairRequest = Array.from({ length: 100 }, (_, at) => ({ messageId: `have ${i + at}`, senderId: "pax" }))
      stage.hear("sync", { content: new Uint8Array(), repairRequest })
    }
    expect(stage.us.state.owed.size).toBe(1000)
  })

  it("RL-47: the state that a step is given stays as it was", () => {
    const stage = new Stage()
    stage.us.send("a", startMs)
    const before = structuredClone(stage.us.state)
    const message: SdsMessage = {
      senderId: "raya",
      messageId: "m",
      channelId: "reading",
      lamport: 5,
      ...on("b"),
      content: text("x"),
    }
    const noLog = { has: () => false, message: () => undefined }
    receivePublished(stage.us.state, message, noLog, { nowMs: startMs, random: () => 0 }, stage.us.options)
    expect(stage.us.state).toEqual(before)
  })
})

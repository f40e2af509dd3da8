import { type MessageId, toHex } from "@colloquy/core"
import {
  type CompactReceived,
  type CompactState,
  freshLink,
  type Moment,
  type Outgoing,
  receiveCompact,
  sdsFrames,
  type SdsMessage,
  sendCompact,
  wakeCompact,
} from "@colloquy/reliability"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CountingMap } from "./counting-map.js"
import { apply, idOf, seeded, stored } from "./compact-pair.js"

const startMs = 1_800_000_000_000
const mebibyte = 1024 * 1024
const fresh = (): CompactState => ({ link: freshLink, outgoing: new Map(), gaps: new Map() })
const at = (nowMs: number, mayAcknowledge = true): Moment => ({ nowMs, random: () => 0, mayAcknowledge })

/** Our side alone: whatever the peer says is given. */
class Us {
  state = fresh()
  nowMs = startMs

  send(contents: readonly Uint8Array[], reported = true): MessageId {
    const message = idOf("saro", this.state.link.sequence, "")
    const sent = sendCompact(this.state, { message, reported, lamport: this.nowMs, contents }, at(this.nowMs))
    if (sent.kind === "full") throw new Error("full")
    this.state = apply(this.state, sent.patch)
    return message
  }

  hear(message: SdsMessage): CompactReceived {
    const received = receiveCompact(this.state, message, at(this.nowMs))
    if (received.kind === "refused") throw new Error(received.code)
    this.state = apply(this.state, received.patch)
    return received
  }
}

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)
const content = (sequence: number): SdsMessage => ({ lamport: startMs, sequence, content: bytes(3) })

describe("steps of the compact profile", () => {
  it("RL-20: the same text twice is two messages with two numbers", () => {
    const us = new Us()
    expect(us.send([bytes(3)])).not.toBe(us.send([bytes(3)]))
    expect([...us.state.outgoing.keys()]).toEqual(["0", "1"])
  })

  it("RL-25: a message of several segments is acknowledged when the last of them is, whatever the order, once", () => {
    const us = new Us()
    us.send([bytes(1)])
    const message = us.send([bytes(2), bytes(2), bytes(2)])
    expect(us.hear({ acknowledged: [{ first: 3, last: 3 }] }).acknowledged).toEqual([])
    expect(us.hear({ acknowledged: [{ first: 1, last: 1 }] }).acknowledged).toEqual([])
    const last = us.hear({ acknowledged: [{ first: 1, last: 3 }] })
    expect(last.acknowledged).toEqual([message])
    expect(last.wipe.map(toHex)).toEqual([toHex(bytes(2))])
    expect(us.hear({ acknowledged: [{ first: 1, last: 3 }] }).acknowledged).toEqual([])
    expect([...us.state.outgoing.keys()]).toEqual(["0"])
  })

  it("RL-25: what is not reported is sent again as any message, and has no fate", () => {
    const us = new Us()
    us.send([bytes(1)], false)
    expect(wakeCompact(us.state, at(startMs + 60_000)).publish.map(({ kind }) => kind)).toEqual(["probe"])
    expect(us.hear({ acknowledged: [{ first: 0, last: 0 }] }).acknowledged).toEqual([])
    expect(us.state.outgoing.size).toBe(0)
  })

  it("RL-25: a claim to have what was never sent acknowledges no more than what was, and is noticed", () => {
    const us = new Us()
    const message = us.send([bytes(1)])
    const received = us.hear({ acknowledged: [{ first: 0, last: 2 ** 48 }] })
    expect([received.acknowledged, received.ahead]).toEqual([[message], true])
    expect(us.hear({ acknowledged: [{ first: 0, last: 0 }] }).ahead).toBe(false)
  })

  it("RL-25: a wide claim costs no more than the messages that wait, also where a type has left out numbers", () => {
    const us = new Us()
    us.send([bytes(1)])
    us.state = { ...us.state, link: { ...us.state.link, sequence: 2 ** 47 } }
    us.send([bytes(1)])
    const outgoing = new CountingMap<Outgoing>(us.state.outgoing)
    us.state = { ...us.state, outgoing }
    expect(us.hear({ acknowledged: [{ first: 1, last: 2 ** 47 - 1 }] }).acknowledged).toEqual([])
    us.hear({ acknowledged: [{ first: 0, last: 0 }] })
    expect(us.state.link.unacknowledgedFrom).toBe(2 ** 47)
    us.hear({ acknowledged: [{ first: 0, last: 2 ** 47 }] })
    expect(us.state.link.unacknowledgedFrom).toBe(2 ** 47 + 1)
    expect(outgoing.operations).toBeLessThan(50)
  })

  it("RL-33: a gap that shrinks is asked for soon again, however long it had been in vain", () => {
    const us = new Us()
    us.hear(content(9))
    for (let i = 0; i < 9; i++) {
      us.nowMs += 86_400_000
      us.state = apply(us.state, wakeCompact(us.state, at(us.nowMs)).patch)
    }
    expect(us.state.link.requests).toBe(9)
    us.hear(content(10))
    expect([us.state.link.requests, us.state.link.requestAtMs]).toEqual([9, us.nowMs + 10_000])
    us.hear(content(3))
    expect([us.state.link.requests, us.state.link.requestAtMs]).toEqual([0, us.nowMs + 10_000])
  })

  it("RL-26: the oldest contents make room for new ones; asked for, they are said to be gone, and their message fails, segments and all", () => {
    const us = new Us()
    const first = us.send([bytes(mebibyte), bytes(mebibyte)])
    for (let i = 0; i < 31; i++) us.send([bytes(mebibyte)])
    expect(us.state.link.keptBytes).toBe(32 * mebibyte)
    expect(us.state.outgoing.size).toBe(33)
    const answered = us.hear({ requested: [{ first: 0, last: 2 }] })
    expect(answered.failed).toEqual([first])
    expect(answered.publish.map(({ kind, message }) => [kind, message.sequence, message.unavailable])).toEqual([
      ["repair", 2, [{ first: 0, last: 1 }]],
    ])
    expect(us.state.outgoing.has("1")).toBe(false)
  })

  it("RL-26: at most 131,072 messages wait, then sending is refused and nothing changes", () => {
    const us = new Us()
    const message = idOf("saro", 0, "")
    const row = { message, reported: true, lamport: startMs, segment: null, content: null }
    for (let sequence = 0; sequence < 131_071; sequence++)
      (us.state.outgoing as Map<string, unknown>).set(`${sequence}`, row)
    us.state = { ...us.state, link: { ...us.state.link, sequence: 131_071 } }
    expect(() => us.send([bytes(1), bytes(1)])).toThrow("full")
    us.send([bytes(1)])
    expect(() => us.send([bytes(1)])).toThrow("full")
  })

  it("RL-29: a probe brings the newest message, or the oldest when the peer has the newest", () => {
    const us = new Us()
    for (let i = 0; i < 4; i++) us.send([bytes(1)])
    const probed = (): unknown[] =>
      wakeCompact(us.state, at(startMs + 3_600_000)).publish.map(({ message, attempt }) => [message.sequence, attempt])
    expect(probed()).toEqual([[3, 0]])
    us.hear({ acknowledged: [{ first: 2, last: 3 }] })
    expect(probed()).toEqual([[0, 0]])
  })

  it("RL-27: a message to somebody who is not allowed yet says nothing of what came", () => {
    const us = new Us()
    us.hear(content(5))
    const sent = (mayAcknowledge: boolean): SdsMessage | undefined => {
      const message = { message: idOf("saro", 0, ""), reported: true, lamport: startMs, contents: [bytes(1)] }
      const step = sendCompact(us.state, message, at(startMs + 60_000, mayAcknowledge))
      return step.kind === "sent" ? step.publish[0]?.message : undefined
    }
    expect(sent(false)).toEqual({ lamport: startMs, sequence: 0, content: bytes(1) })
    expect(sent(true)?.acknowledged).toEqual([{ first: 5, last: 5 }])
    expect(sent(true)?.requested).toEqual([{ first: 0, last: 4 }])
  })

  it("RL-29: an acknowledgement of anything new begins the series of probes again, one of nothing new does not", () => {
    const us = new Us()
    for (let i = 0; i < 4; i++) us.send([bytes(1)])
    us.nowMs += 400 * 86_400_000
    for (let i = 0; i < 9; i++)
      us.state = apply(us.state, wakeCompact(us.state, at(us.nowMs + i * 8 * 86_400_000)).patch)
    us.nowMs += 9 * 8 * 86_400_000
    expect(us.state.link.probes).toBe(9)
    us.hear({ acknowledged: [{ first: 7, last: 7 }] })
    expect(us.state.link.probes).toBe(9)
    us.hear({ acknowledged: [{ first: 0, last: 0 }] })
    expect([us.state.link.probes, us.state.link.probeAtMs]).toEqual([0, us.nowMs + 30_000])
  })

  it("RL-32: what two gaps that became one hold between them is not told as missing", () => {
    const us = new Us()
    for (let i = 0; i < 1030; i++) us.hear(content(2 * i + 1))
    const told = new Set<number>()
    for (let i = 0; i < 10; i++) {
      const woken = wakeCompact(us.state, at(startMs + 60_000))
      us.state = apply(us.state, woken.patch)
      for (const number of woken.missing) told.add(number)
    }
    expect(told.size).toBeGreaterThan(1000)
    expect([...told].every((number) => number % 2 === 0)).toBe(true)
  })

  it("RL-32: gaps are bounded to 1,024, and nothing in them is ever acknowledged or lost", () => {
    const us = new Us()
    for (let i = 0; i < 3000; i++) us.hear(content(2 * i + 1))
    expect(us.state.gaps.size).toBe(1024)
    const ranges = wakeCompact(us.state, at(startMs + 5000)).publish[0]?.message.acknowledged ?? []
    expect(ranges).toHaveLength(64)
    expect(ranges.every(({ first, last }) => first === last && first % 2 === 1)).toBe(true)
    for (let i = 0; i < 3000; i++) expect(us.hear(content(2 * i)).fresh, `${2 * i}`).toBe(true)
    expect(us.hear(content(4001)).fresh).toBe(false)
  })

  it("RL-33: asks for 16 ranges at most, the lowest first, and only for gaps older than 5 seconds", () => {
    const us = new Us()
    for (let i = 0; i < 30; i++) us.hear(content(2 * i + 1))
    us.nowMs = startMs + 8000
    us.hear(content(100))
    const asked = wakeCompact(us.state, at(startMs + 10_000)).publish[0]?.message.requested ?? []
    expect(asked).toHaveLength(16)
    expect(asked[0]).toEqual({ first: 0, last: 0 })
    for (let i = 0; i < 30; i++) us.hear(content(2 * i))
    const soon = wakeCompact(us.state, at(startMs + 12_000))
    expect(soon.publish.filter(({ message }) => message.requested !== undefined)).toEqual([])
    const later = wakeCompact(us.state, at(startMs + 20_000))
    expect(later.publish[0]?.message.requested).toEqual([{ first: 60, last: 99 }])
  })

  it("RL-34: of a wide gap the newest 256 are told, 256 in one step, and only those are recovered", () => {
    const us = new Us()
    us.hear(content(2 ** 40))
    us.hear(content(2 ** 40 + 2))
    const told = wakeCompact(us.state, at(startMs + 60_000))
    expect(told.missing).toHaveLength(256)
    expect(told.missing[0]).toBe(2 ** 40 - 256)
    us.state = apply(us.state, told.patch)
    expect(told.wakeAtMs).toBeLessThanOrEqual(startMs + 60_000)
    const rest = wakeCompact(us.state, at(startMs + 60_000))
    expect(rest.missing).toEqual([2 ** 40 + 1])
    us.state = apply(us.state, rest.patch)
    expect(us.hear(content(2 ** 40 - 1)).recovered).toBe(2 ** 40 - 1)
    const old = us.hear(content(2 ** 40 - 257))
    expect([old.fresh, old.recovered]).toEqual([true, undefined])
  })

  it("RL-34: at most 1,024 missing numbers are told of at a time, however many gaps a sender leaves", () => {
    const us = new Us()
    for (let i = 1; i <= 1000; i++) us.hear(content(1000 * i))
    const told = new Set<number>()
    const tell = (): void => {
      for (let i = 0; i < 50; i++) {
        const woken = wakeCompact(us.state, at(startMs + 60_000))
        us.state = apply(us.state, woken.patch)
        for (const number of woken.missing) told.add(number)
      }
    }
    tell()
    expect(told.size).toBe(1024)
    expect(us.state.link.missingAtMs).toBeNull()
    for (const number of told) expect(us.hear(content(number)).recovered).toBe(number)
    us.hear(content(2_000_000))
    us.state = { ...us.state, link: { ...us.state.link, missingAtMs: startMs } }
    tell()
    expect(told.size).toBe(1024 + 256)
    expect(us.hear(content(500_500)).recovered).toBeUndefined()
  })

  it("RL-36: a request brings about at most 256 messages and 1 MiB, and the next within 5 seconds nothing", () => {
    const small = new Us()
    for (let i = 0; i < 1000; i++) small.send([bytes(10)])
    expect(small.hear({ requested: [{ first: 0, last: 2 ** 47 }] }).publish).toHaveLength(256)
    expect(small.hear({ requested: [{ first: 0, last: 999 }] }).publish).toHaveLength(0)
    small.nowMs += 5000
    expect(small.hear({ requested: [{ first: 500, last: 999 }] }).publish[0]?.message.sequence).toBe(500)
    const large = new Us()
    for (let i = 0; i < 10; i++) large.send([bytes(300 * 1024)])
    expect(large.hear({ requested: [{ first: 0, last: 9 }] }).publish).toHaveLength(3)
  })

  it("RL-37: what the sender declares gone closes the gap, is told as missing once, and is asked for no more", () => {
    const us = new Us()
    us.hear(content(5))
    const closed = us.hear({
      unavailable: [
        { first: 0, last: 1 },
        { first: 3, last: 9 },
      ],
    })
    expect(closed.missing).toEqual([0, 1, 3, 4])
    expect([...us.state.gaps.keys()]).toEqual(["2"])
    us.hear({ unavailable: [{ first: 2, last: 2 }] })
    expect(us.state.gaps.size).toBe(0)
    const woken = wakeCompact(us.state, at(startMs + 90_000))
    expect(woken.missing).toEqual([])
    expect(woken.publish.some(({ message }) => message.requested !== undefined)).toBe(false)
  })

  it.each<[string, SdsMessage, string]>([
    ["a sender", { senderId: "s" }, "SDS_PROFILE"],
    ["a message id", { messageId: "m" }, "SDS_PROFILE"],
    ["a channel", { channelId: "c" }, "SDS_PROFILE"],
    ["a bloom filter", { bloomFilter: bytes(1) }, "SDS_PROFILE"],
    ["a causal history", { causalHistory: [{ messageId: "m" }] }, "SDS_PROFILE"],
    ["a request by id", { repairRequest: [{ messageId: "m" }] }, "SDS_PROFILE"],
    ["content without a number", { lamport: 1, content: bytes(1) }, "SDS_PROFILE"],
    ["a number without content", { lamport: 1, sequence: 1 }, "SDS_PROFILE"],
    ["content without a Lamport time", { sequence: 1, content: bytes(1) }, "SDS_PROFILE"],
    ["a segment without content", { segment: { index: 0, count: 2 } }, "SDS_PROFILE"],
    ["256 segments", { ...content(9), segment: { index: 0, count: 256 } }, "SDS_PROFILE"],
    ["a segment that begins below 0", { ...content(1), segment: { index: 2, count: 3 } }, "SDS_SEQUENCE"],
    ["a number of 2^48", content(2 ** 48), "SDS_SEQUENCE"],
    ["a Lamport time of 2^48", { lamport: 2 ** 48 }, "SDS_LAMPORT"],
  ])("RL-21, RL-22: refuses %s and changes nothing", (_, message, code) => {
    const state = fresh()
    expect(receiveCompact(state, message, at(startMs))).toEqual({ kind: "refused", code })
    expect(state).toEqual(fresh())
  })

  it("RL-4: a Lamport time far ahead moves ours by 366 days at most, and none moves it back", () => {
    const us = new Us()
    us.hear({ lamport: 2 ** 48 - 1 })
    expect(us.state.link.lamport).toBe(startMs + 366 * 86_400_000)
    us.hear({ lamport: 1 })
    expect(us.state.link.lamport).toBe(startMs + 366 * 86_400_000)
  })
})

describe("the compact profile against a hostile peer", () => {
  const number = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 4000 }), fc.maxSafeNat())
  const ranges = fc
    .uniqueArray(number, { minLength: 1, maxLength: 8 })
    .map((edges) => edges.filter((edge) => edge < 2 ** 53 - 10).sort((a, b) => a - b))
    .map((edges) => edges.flatMap((first, i) => (i % 2 === 0 ? [{ first, last: edges[i + 1] ?? first }] : [])))
    .map((all) => all.filter(({ first }, i) => i === 0 || first > (all[i - 1]?.last ?? 0) + 1))
  const hostile: fc.Arbitrary<SdsMessage> = fc.record(
    {
      lamport: number,
      content: fc.uint8Array({ maxLength: 10 }),
      sequence: number,
      acknowledged: ranges,
      requested: ranges,
      unavailable: ranges,
    },
    { requiredKeys: [] },
  )
  const step = fc.oneof(
    { weight: 6, arbitrary: hostile.map((message) => ({ kind: "hear" as const, message })) },
    {
      weight: 3,
      arbitrary: fc.nat({ max: 60 }).map((sequence) => ({ kind: "hear" as const, message: content(sequence) })),
    },
    { weight: 2, arbitrary: fc.nat({ max: 100 }).map((length) => ({ kind: "send" as const, length })) },
    { weight: 2, arbitrary: fc.nat({ max: 100_000 }).map((waitMs) => ({ kind: "wake" as const, waitMs })) },
  )

  it("RL-23, RL-32, RL-36: never throws, never acknowledges what has not come, stays bounded, and does the same from its store", () => {
    const frames = sdsFrames({ bytesMax: 100_000 })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer(), (steps, seed) => {
        const us = new Us()
        const random = seeded(seed)
        const come = new Set<number>()
        const gone: { first: number; last: number }[] = []
        let sent = 0
        let reported = 0
        const check = (publish: readonly { message: SdsMessage }[]): void => {
          expect(publish.length).toBeLessThanOrEqual(257)
          for (const { message } of publish) {
            expect(frames.decode(frames.encode(message)).kind).toBe("frame")
            expect(message.requested?.length ?? 0).toBeLessThanOrEqual(16)
            for (const { first, last } of message.acknowledged ?? [])
              for (let n = first; n <= Math.min(last, first + 5000); n++)
                if (!come.has(n) && !gone.some((range) => range.first <= n && n <= range.last)) throw new Error(`${n}`)
          }
        }
        for (const one of steps) {
          if (random() < 0.2) us.state = stored(us.state)
          const moment = { nowMs: us.nowMs, random, mayAcknowledge: random() < 0.8 }
          if (one.kind === "send") {
            us.send([bytes(one.length)])
            sent++
          } else if (one.kind === "wake") {
            us.nowMs += one.waitMs
            const woken = wakeCompact(us.state, { ...moment, nowMs: us.nowMs })
            us.state = apply(us.state, woken.patch)
            expect(woken.missing.length).toBeLessThanOrEqual(256)
            check(woken.publish)
          } else {
            const before = stored(us.state)
            const received = receiveCompact(us.state, one.message, moment)
            expect(us.state).toEqual(before)
            if (received.kind === "refused") continue
            gone.push(...(one.message.unavailable ?? []))
            if (one.message.sequence !== undefined) come.add(one.message.sequence)
            us.state = apply(us.state, received.patch)
            reported += received.acknowledged.length + received.failed.length
            expect(received.missing.length).toBeLessThanOrEqual(256)
            check(received.publish)
          }
          expect(us.state.gaps.size).toBeLessThanOrEqual(1024)
          expect(us.state.link.keptBytes).toBe(
            [...us.state.outgoing.values()].reduce((sum, row) => sum + (row.content?.length ?? 0), 0),
          )
        }
        expect(reported + us.state.outgoing.size).toBe(sent)
      }),
      { seed: 4, numRuns: 2000 },
    )
  })
})

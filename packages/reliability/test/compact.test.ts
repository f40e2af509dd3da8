import { describe, expect, it } from "vitest"
import { dayMs, Pair, startMs } from "./compact-channel.js"

const hourMs = 3_600_000
const perfect = { loss: 0, duplication: 0, delayMs: 100 }

describe("the compact profile between two people", () => {
  it("RL-5, RL-23, RL-31: converges to one log in one order over loss, repetition and reordering, and never believes too much", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const pair = new Pair(seed, { loss: 0.3, duplication: 0.2, delayMs: 60_000 })
      pair.raya.stores = true
      for (let round = 0; round < 40; round++) {
        const side = pair.random() < 0.5 ? pair.saro : pair.raya
        side.send("again", pair.nowMs)
        pair.run(pair.nowMs + Math.floor(pair.random() ** 4 * 600_000))
      }
      pair.run(pair.nowMs + 60 * dayMs)
      expect(pair.saro.read(), `seed ${seed}`).toEqual(pair.raya.read())
      expect(pair.saro.log.size, `seed ${seed}`).toBe(40)
      for (const side of [pair.saro, pair.raya]) {
        expect(side.state.outgoing.size, `seed ${seed}`).toBe(0)
        expect(side.state.gaps.size, `seed ${seed}`).toBe(0)
        expect(side.state.link.keptBytes, `seed ${seed}`).toBe(0)
        expect([...side.recovered].sort(), `seed ${seed}`).toEqual([...side.missing].sort())
        expect(new Set(side.acknowledged).size, `seed ${seed}`).toBe(side.acknowledged.length)
        expect(side.acknowledged.length, `seed ${seed}`).toBe(side.state.link.sequence)
        expect(side.wakeAtMs, `seed ${seed}`).toBeUndefined()
      }
    }
  })

  it("RL-31: converges over delays of hours in any order", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = new Pair(seed, { loss: 0.1, duplication: 0.1, delayMs: 6 * hourMs })
      for (let round = 0; round < 200; round++) {
        const side = pair.random() < 0.5 ? pair.saro : pair.raya
        side.send(`${round}`, pair.nowMs)
        pair.run(pair.nowMs + 60_000)
      }
      pair.run(pair.nowMs + 60 * dayMs)
      expect(pair.saro.read(), `seed ${seed}`).toEqual(pair.raya.read())
      expect(pair.saro.log.size, `seed ${seed}`).toBe(200)
    }
  })

  it("RL-24: one acknowledgement answers many messages, rides on traffic, and is never answered", () => {
    const pair = new Pair(1, perfect)
    for (let i = 0; i < 10; i++) pair.saro.send(`${i}`, pair.nowMs)
    pair.run(pair.nowMs + hourMs)
    expect(pair.saro.acknowledged).toHaveLength(10)
    expect([pair.saro.published, pair.raya.published]).toEqual([10, 1])
    pair.saro.send("a question", pair.nowMs)
    pair.run(pair.nowMs + 500)
    pair.raya.send("an answer", pair.nowMs)
    pair.run(pair.nowMs + 500)
    pair.saro.send("thanks", pair.nowMs)
    pair.run(pair.nowMs + 500)
    expect(pair.saro.acknowledged).toHaveLength(11)
    expect(pair.raya.acknowledged).toHaveLength(1)
    expect([pair.saro.published, pair.raya.published]).toEqual([12, 2])
    pair.run(pair.nowMs + dayMs)
    expect([pair.saro.published, pair.raya.published]).toEqual([12, 3])
    expect(pair.saro.wakeAtMs ?? pair.raya.wakeAtMs).toBeUndefined()
  })

  it("RL-24: a lost acknowledgement is given again when the message comes again", () => {
    const pair = new Pair(1, perfect)
    let lost = 0
    pair.loses = ({ kind }) => kind === "sync" && ++lost <= 3
    pair.saro.send("hello", pair.nowMs)
    pair.run(pair.nowMs + dayMs)
    expect(pair.saro.acknowledged).toHaveLength(1)
    expect(pair.raya.log.size).toBe(1)
    expect(lost).toBe(4)
    expect(pair.saro.published).toBe(4)
  })

  it("RL-27: nothing is acknowledged and nothing asked for before it is allowed, and then at once", () => {
    const pair = new Pair(1, perfect)
    pair.raya.allowed = false
    let dropped = false
    pair.loses = ({ message }) => message.sequence === 1 && !dropped && (dropped = true)
    for (let i = 0; i < 3; i++) pair.saro.send(`${i}`, pair.nowMs)
    pair.run(pair.nowMs + 10 * dayMs)
    expect(pair.raya.published).toBe(0)
    expect(pair.raya.missing).toEqual([1])
    expect(pair.saro.acknowledged).toEqual([])
    pair.raya.allowed = true
    pair.raya.wake(pair.nowMs)
    pair.run(pair.nowMs + 60_000)
    expect(pair.saro.acknowledged).toHaveLength(3)
    expect(pair.raya.recovered).toEqual([1])
    expect(pair.raya.read()).toEqual(pair.saro.read())
  })

  it("RL-33, RL-34: a gap is asked for, told as missing after a minute, and recovered when its message comes", () => {
    const pair = new Pair(1, perfect)
    let dropped = 0
    pair.loses = ({ message }) => message.sequence === 1 && ++dropped <= 3
    for (let i = 0; i < 3; i++) pair.saro.send(`${i}`, pair.nowMs)
    pair.run(startMs + 59_000)
    expect(pair.raya.missing).toEqual([])
    pair.run(startMs + 62_000)
    expect(pair.raya.missing).toEqual([1])
    pair.run(startMs + hourMs)
    expect(pair.raya.recovered).toEqual([1])
    expect(pair.raya.missing).toEqual([1])
    expect(pair.raya.read()).toEqual(pair.saro.read())
  })

  it("RL-34: a gap that closes within a minute is never told", () => {
    const pair = new Pair(1, { ...perfect, delayMs: 4000 })
    for (let i = 0; i < 100; i++) pair.saro.send(`${i}`, pair.nowMs)
    pair.run(startMs + hourMs)
    expect([pair.raya.missing, pair.raya.recovered]).toEqual([[], []])
    expect(pair.raya.read()).toEqual(pair.saro.read())
  })

  it("RL-29: a year without an answer costs 84 probes at most, however much was sent, and the conversation goes on at once", () => {
    const figures: number[][] = []
    for (const messages of [1, 12, 1000]) {
      const pair = new Pair(messages, { loss: 1, duplication: 0, delayMs: 100 })
      const kinds = new Map<string, number>()
      pair.loses = ({ kind }, from) => {
        if (from === pair.saro) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        return false
      }
      for (let i = 0; i < messages; i++) {
        pair.saro.send(`${i}`, pair.nowMs)
        pair.run(startMs + ((i + 1) * 365 * dayMs) / messages)
      }
      const probes = kinds.get("probe") ?? 0
      expect(probes).toBeGreaterThan(50)
      expect(probes).toBeLessThanOrEqual(6 + 30 + 48)
      expect(kinds.get("message")).toBe(messages)
      expect([...kinds.keys()].sort()).toEqual(["message", "probe"])
      expect(pair.raya.log.size).toBe(0)

      pair.traffic = perfect
      const backMs = pair.nowMs
      pair.saro.send("are you there?", backMs)
      pair.run(backMs + 1000)
      expect(pair.raya.log.size).toBe(1)
      while (pair.raya.log.size <= messages && pair.nowMs < backMs + hourMs) pair.run(pair.nowMs + 1000)
      expect(pair.raya.read()).toEqual(pair.saro.read())
      figures.push([messages, probes, Math.round((pair.nowMs - backMs) / 1000)])
      pair.run(pair.nowMs + dayMs)
      expect(pair.saro.acknowledged).toHaveLength(messages + 1)
      expect(pair.saro.wakeAtMs ?? pair.raya.wakeAtMs).toBeUndefined()
    }
    expect(figures.map(([, , seconds]) => (seconds as number) < 120)).toEqual([true, true, true])
  })

  it("RL-33: a gap that nobody can fill costs 36 requests at most in all, and the peer who does not answer is not asked for ever", () => {
    const pair = new Pair(1, perfect)
    let requests = 0
    pair.loses = ({ message, kind }, from) => {
      if (from === pair.raya && message.requested !== undefined) requests++
      return kind === "repair" || message.sequence === 0
    }
    pair.saro.send("lost", pair.nowMs)
    pair.saro.send("arrives", pair.nowMs)
    pair.run(pair.nowMs + 365 * dayMs)
    expect(requests).toBe(36)
    expect(pair.raya.wakeAtMs).toBeUndefined()
    pair.loses = () => false
    pair.saro.send("another", pair.nowMs)
    pair.run(pair.nowMs + hourMs)
    expect(pair.raya.read()).toEqual(pair.saro.read())
  })

  it("RL-30: what is sent again does not come at fixed distances", () => {
    const times: number[] = []
    for (let seed = 1; seed <= 20; seed++) {
      const pair = new Pair(seed, { ...perfect, loss: 1 })
      pair.loses = ({ kind }) => {
        if (kind === "probe") times.push(pair.nowMs - startMs)
        return false
      }
      pair.saro.send("hello", pair.nowMs)
      pair.run(startMs + 60_000)
    }
    expect(new Set(times).size).toBeGreaterThan(15)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(30_000)
    expect(Math.max(...times)).toBeLessThan(45_000)
  })
})

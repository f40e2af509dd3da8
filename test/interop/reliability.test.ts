import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { World } from "./world.js"

/** CT-12, reliability.md: what the other program loses, repeats and repairs with our client, on a clock that only tests move. */
let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe("CT-12: acknowledging", () => {
  it("RL-7, RL-23, RL-24: ours names what came in ranges, in one message of its own, and in none after that", async () => {
    const { ours, saro, talk } = await world.meet()
    const said = [1, 2, 3, 4, 5, 6].map((number) => talk.say(`number ${number}`))
    for (const index of [0, 3, 5]) await saro.publish(said[index]?.payloads ?? [])
    await world.pass(2 * second)
    const heard = saro.collect()
    expect(heard).toHaveLength(1)
    const ranges = [
      [0, 1],
      [4, 4],
      [6, 6],
    ]
    expect(heard[0]).toMatchObject({ acknowledged: ranges, requested: [] })
    expect(heard[0]?.id).toBeUndefined()
    expect(talk.unacknowledged).toEqual([2, 3, 5])
    expect(ours.texts).toEqual(["hello", "number 1", "number 4", "number 6"])
    await world.pass(2 * second)
    expect(saro.collect()).toEqual([])
  })

  it("RL-24, RL-25: a sync message of the other's makes ours acknowledged, once and no sooner", async () => {
    const { ours, saro, talk } = await world.meet()
    const ids = [await ours.send(talk, "one"), await ours.send(talk, "two")]
    const [one] = saro.payloads()
    saro.collect(one && [one])
    await saro.publish(talk.acknowledge())
    await saro.publish(talk.acknowledge())
    expect(ids.map((id) => ours.fate(id))).toEqual([
      ["queued", "published", "acknowledged"],
      ["queued", "published"],
    ])
  })

  it("RL-4, RL-21: a Lamport time in a message without content is taken over, at most 366 days ahead", async () => {
    const { ours, saro, talk } = await world.meet()
    await saro.publish(talk.acknowledge({ lamport: world.clock.now + hour }))
    await ours.send(talk, "later than that")
    const yearMs = 366 * day
    await saro.publish(talk.acknowledge({ lamport: 2 ** 48 - 1 }))
    await ours.send(talk, "a year ahead")
    const lamports = saro.collect().map(({ lamport = 0 }) => lamport - world.clock.now)
    expect(lamports).toEqual([hour + 1, yearMs + 1])
  })

  it("RL-27: to a stranger ours says nothing, and everything at once when he is allowed", async () => {
    const { ours, saro, talk } = await world.meet()
    const stranger = world.person()
    stranger.talk = await stranger.begin(ours, "do you know me?")
    await world.pass(hour)
    expect(stranger.collect()).toEqual([])
    await (await ours.conversation(stranger.talk)).allow()
    await world.pass()
    const [first] = stranger.collect()
    expect(first).toMatchObject({ acknowledged: [[0, 0]] })
    expect(saro.talk).toBe(talk)
  })
})

describe("CT-12: gaps and repair", () => {
  it("RL-33, RL-36: ours asks for a gap, is told again, and puts late content in its place", async () => {
    const { ours, saro, talk } = await world.meet()
    const said = ["lost", "also lost", "here"].map((words) => talk.say(words))
    await saro.publish(said[2]?.payloads ?? [])
    await world.pass(20 * second)
    const asked = saro.collect().filter(({ requested }) => requested.length > 0)
    expect(asked).toMatchObject([{ requested: [[1, 2]] }])
    for (const number of [2, 1]) await saro.publish(talk.repair(number))
    expect(ours.texts).toEqual(["hello", "here", "also lost", "lost"])
    const log = (await ours.log(talk)).map(({ text }) => text)
    expect(log).toEqual(["hello", "hello Saro", "lost", "also lost", "here"])
  })

  it("RL-34: a gap that stays a minute is told as missing, and as recovered when it comes, under the id of PV1-46", async () => {
    const { ours, saro, talk } = await world.meet()
    const lost = talk.say("lost")
    await saro.publish(talk.say("here").payloads)
    await world.pass(62 * second)
    expect(ours.told("missing")).toEqual([talk.missingId(lost.sequence)])
    await saro.publish(talk.repair(lost.sequence))
    expect(ours.told("recovered")).toEqual([talk.missingId(lost.sequence)])
    expect(ours.texts.at(-1)).toBe("lost")
  })

  it("RL-37: what is declared unavailable is missing, and asked for no more", async () => {
    const { ours, saro, talk } = await world.meet()
    const lost = talk.say("lost")
    await saro.publish(talk.say("here").payloads)
    await world.pass(20 * second)
    saro.collect()
    await saro.publish(talk.acknowledge({ unavailable: [[lost.sequence, lost.sequence]] }))
    expect(ours.told("missing")).toEqual([talk.missingId(lost.sequence)])
    await world.pass(day)
    expect(saro.collect().flatMap(({ requested }) => requested)).toEqual([])
  })

  it("RL-36, RL-37: ours sends again what is asked for, and declares what was acknowledged before", async () => {
    const { ours, saro, talk } = await world.meet()
    const ids: string[] = []
    for (const words of ["a", "b", "c"]) ids.push(await ours.send(talk, words))
    const payloads = saro.payloads()
    saro.collect(payloads.slice(2))
    await world.pass(6 * second)
    await saro.publish(talk.acknowledge({ requested: [[0, 4]] }))
    const heard = saro.collect()
    expect(heard.flatMap(({ text = [] }) => text)).toEqual(["a", "b"])
    expect(heard.flatMap(({ id = [] }) => id)).toEqual(ids.slice(0, 2))
    expect(heard.flatMap(({ unavailable }) => unavailable)).toEqual([
      [0, 1],
      [4, 4],
    ])
  })
})

describe("CT-12: sending again", () => {
  it("RL-29, PV1-22: ours repeats its newest message to who is silent, each time where it is expected", async () => {
    const { ours, saro, talk } = await world.meet()
    await ours.send(talk, "are you there?")
    // All but the last probe of the first day are lost.
    await world.pass(26 * hour)
    const probes = saro.payloads()
    expect(probes).toHaveLength(1 + 6)
    const last = probes.at(-1)
    expect(saro.collect(last && [last])).toMatchObject([{ text: "are you there?", isAgain: false }])
    expect(saro.collect(probes.slice(1, -1)).filter(({ isAgain }) => !isAgain)).toEqual([])
  })

  it("PV1-20, PV1-22: ours hears the other's message again at each jump, and its beacon, when all before was lost", async () => {
    const { ours, saro, talk } = await world.meet()
    const said = talk.say("hear me")
    const numbers = Array.from({ length: 5 }, () => {
      talk.again(said.sequence)
      return talk.chainNumber - 1
    })
    expect(numbers).toEqual([2, 3, 64, 256, 1024])
    await saro.publish(talk.again(said.sequence))
    expect(talk.chainNumber).toBe(4097)
    expect(ours.texts.at(-1)).toBe("hear me")
    for (const number of [16_384, 65_536, 65_537]) {
      await saro.publish(talk.again(said.sequence))
      expect(talk.chainNumber).toBe(number + 1)
    }
    await world.pass(2 * second)
    const answers = saro.collect()
    expect(answers.at(-1)?.acknowledged).toEqual([[0, said.sequence]])
    expect(ours.texts).toEqual(["hello", "hear me"])
  })

  it("PV1-22: a beacon that is published again as it was reaches ours, which has lost everything of the chain before", async () => {
    const { ours, saro, talk } = await world.meet()
    const said = talk.say("hear me at last")
    while (talk.beacon === undefined) talk.again(said.sequence)
    talk.again(said.sequence)
    await saro.publish(talk.beacon)
    expect(ours.texts.at(-1)).toBe("hear me at last")
    await saro.publish(talk.again(said.sequence))
    await saro.publish(talk.say("and this").payloads)
    expect(ours.texts.at(-1)).toBe("and this")
  })

  it("PV1-44: a message that is withdrawn leaves no gap", async () => {
    const { ours, saro, talk } = await world.meet()
    await saro.publish(talk.withdraw(talk.say("no, wait")))
    await saro.publish(talk.say("better so").payloads)
    await world.pass(2 * minute)
    expect(ours.texts.at(-1)).toBe("better so")
    expect(ours.told("missing")).toEqual([])
    expect(saro.collect().flatMap(({ requested }) => requested)).toEqual([])
  })
})

describe("CT-12: order and repetition", () => {
  it("PV1-24, PV1-29: payloads twice, and the same message in another payload, change nothing", async () => {
    const { ours, saro, talk } = await world.meet()
    const said = talk.say("once")
    for (let time = 0; time < 3; time++) await saro.publish(said.payloads)
    await saro.publish(talk.again(said.sequence))
    expect(ours.texts).toEqual(["hello", "once"])
    expect((await ours.log(talk)).filter(({ text }) => text === "once")).toHaveLength(1)
    await ours.send(talk, "heard")
    const payloads = saro.payloads()
    expect(saro.collect(payloads).map(({ text }) => text)).toContain("heard")
    expect(saro.collect(payloads)).toEqual([])
  })

  it("PV1-25, PV1-32: both have the same log, whatever order payloads of several turns come in", async () => {
    const { ours, saro, talk } = await world.meet()
    const held: ReturnType<typeof saro.payloads> = []
    const mine = [talk.say("late 0")]
    const heard: { readonly id?: string; readonly lamport?: number }[] = []
    for (const turn of [1, 2, 3]) {
      for (const words of ["x", "y", "z"]) await ours.send(talk, `${words}${turn}`)
      const payloads = saro.payloads()
      held.push(...payloads.slice(0, -1))
      heard.push(...saro.collect(payloads.slice(-1)))
      const [now, late] = [talk.say(`now ${turn}`), talk.say(`late ${turn}`)]
      await saro.publish(now.payloads)
      mine.unshift(now, late)
    }
    heard.push(...saro.collect(held.reverse()))
    for (const { payloads } of mine) await saro.publish(payloads)
    const said = [...heard, ...mine]
    const place = ({ lamport = 0, id = "" }) => `${lamport} ${id}`
    said.sort((a, b) => (place(a) < place(b) ? -1 : 1))
    const log = await ours.log(talk)
    expect(log.slice(2).map(({ id }) => id)).toEqual(said.map(({ id }) => id))
    expect(log).toHaveLength(2 + 9 + 7)
  })
})

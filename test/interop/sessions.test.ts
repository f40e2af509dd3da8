import { PrivateV1, text } from "colloquy"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { readIntroduction } from "./introduction.js"
import { Talk } from "./talk.js"
import { type Meeting, type Ours, type Other, World } from "./world.js"

/** CT-12, private-v1.md: long content, new sessions, and two conversations of the same people, with our client on the other side. */
let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Not compressible, and of several segments. */
const long = (name: string): string => `${name} ${Array.from({ length: 15_000 }, (_, at) => `${at * 7919}`).join(" ")}`

const notices = ({ events }: Ours) => events.flatMap((event) => (event.type === "notice" ? [event] : []))

describe("CT-12: long content", () => {
  it("PV1-49: ours puts segments together, in any order, one of them twice, under the id of the whole", async () => {
    const { ours, saro, talk } = await world.meet()
    const said = talk.say(long("from Saro"))
    expect(said.payloads).toHaveLength(3)
    const [one, two, three] = said.payloads
    await saro.publish([three, one, three, two].flatMap((payload) => payload ?? []))
    expect((await ours.log(talk)).at(-1)).toEqual({ id: said.id, text: long("from Saro") })
    await world.pass(2 * second)
    saro.collect()
    expect(talk.unacknowledged).toEqual([])
  })

  it("PV1-49, RL-36: a segment that ours sent and nobody heard is sent again, and the whole has the id that ours gave it", async () => {
    const { ours, saro, talk } = await world.meet()
    const id = await ours.send(talk, long("from Raya"))
    const payloads = saro.payloads()
    expect(payloads).toHaveLength(3)
    const heard = saro.collect([payloads[2], payloads[0]].flatMap((payload) => payload ?? []))
    const last = heard[0]?.sequence ?? 0
    expect(heard.map(({ text }) => text)).toEqual([undefined, undefined])
    await world.pass(6 * second)
    await saro.publish(talk.acknowledge({ requested: [[last - 1, last - 1]] }))
    expect(saro.collect()).toMatchObject([{ id, text: long("from Raya") }])
    expect(ours.fate(id)).not.toContain("acknowledged")
    await saro.publish(talk.acknowledge())
    expect(ours.fate(id)).toContain("acknowledged")
  })
})

describe("CT-12: content about as long as a payload", () => {
  it.each([61_000, 62_000, 64_000, 65_528, 65_529])(
    "PV1-12, PV1-28, PV1-49: a first message of %i letters arrives, with the invite or after it, both ways",
    async (letters) => {
      const [ours, saro] = [await world.open(), world.person()]
      const words = "x".repeat(letters)
      const started = await ours.client.conversations.start(saro.introduce().text, { content: text(words) })
      await world.pass()
      const payloads = saro.payloads()
      const [came] = saro.invites(payloads)
      if (came === undefined) throw new Error("nothing came")
      const { talk, first } = Talk.accept(saro.identity, came.own, came.payload)
      saro.talk = talk
      const heard = [first ?? [], saro.collect(payloads)].flat()
      expect(heard.filter(({ text }) => text === words).map(({ id }) => id)).toEqual([started.first?.id])

      const other = world.person()
      const begun = await other.begin(ours, words)
      expect((await ours.log(begun)).map(({ text }) => text)).toEqual([words])
    },
  )
})

/** Saro gives two introductions, with which ours can begin a reset (PV1-37). */
async function introduce({ saro, talk }: Meeting): Promise<void> {
  await saro.publish(talk.introduce(saro.introduce(90 * day), saro.introduce(90 * day)).payloads)
}

/** What came with an introduction of Saro's, accepted, with what he answers at once. */
async function takeReset({ saro, talk }: Meeting): Promise<number[]> {
  const payloads = saro.payloads()
  const reasons: number[] = []
  for (const { own, payload } of saro.invites(payloads)) {
    const taken = talk.acceptReset(own, payload)
    if (taken === undefined) continue
    reasons.push(taken.reset.reason)
    await saro.publish([...taken.waiting, talk.acknowledge()])
  }
  saro.collect(payloads)
  return reasons
}

describe("CT-12: new sessions", () => {
  it("PV1-38 to PV1-40: ours begins one: what waited on both sides arrives in it, under its ids", async () => {
    const meeting = await world.meet()
    const { ours, saro, talk } = meeting
    await introduce(meeting)
    const unheard = await ours.send(talk, "unheard")
    await world.pass(minute)
    const unsaid = Array.from({ length: 40 }, (_, number) => talk.say(`never published ${number}`))
    saro.payloads()
    await (await ours.conversation(talk)).as(PrivateV1)?.command("reset", {})
    await world.pass()
    expect(await takeReset(meeting)).toEqual([1])
    expect(talk.epoch).toBe(world.clock.now)
    const log = await ours.log(talk)
    expect(log.slice(-40).map(({ id }) => id)).toEqual(unsaid.map(({ id }) => id))
    await world.pass(2 * second)
    saro.collect()
    expect(talk.unacknowledged).toEqual([])
    await ours.send(talk, "a new session")
    const heard = saro.collect()
    expect(heard.at(-1)).toMatchObject({ text: "a new session", isOfOldSession: false })
    await saro.publish(talk.acknowledge())
    expect(ours.fate(unheard)).toContain("acknowledged")
    expect(notices(ours)).toMatchObject([{ name: "reset" }])
  })

  it("PV1-40: what was published in the session before opens after the new one has begun", async () => {
    const meeting = await world.meet()
    const { ours, saro, talk } = meeting
    await introduce(meeting)
    const late = talk.say("on its way")
    await ours.send(talk, "on its way, too")
    await (await ours.conversation(talk)).as(PrivateV1)?.command("reset", {})
    await world.pass()
    const payloads = saro.payloads()
    for (const { own, payload } of saro.invites(payloads)) talk.acceptReset(own, payload)
    await saro.publish(late.payloads)
    expect(ours.texts.at(-1)).toBe("on its way")
    expect(saro.collect(payloads)).toMatchObject([{ text: "on its way, too", isOfOldSession: true }, {}])
  })

  it("PV1-38, PV1-39: the other begins one on an introduction that ours gave in the conversation; the same again changes nothing", async () => {
    const { ours, saro, talk } = await world.meet()
    expect(talk.introductions).toHaveLength(2)
    const said = talk.say("lost before")
    const { invite, waiting } = talk.reset()
    await saro.publish(invite)
    expect(notices(ours)).toMatchObject([{ name: "reset" }])
    const [answer] = saro.collect()
    expect(answer).toMatchObject({ isOfOldSession: false })
    await saro.publish(waiting)
    expect((await ours.log(talk)).at(-1)?.id).toBe(said.id)
    await saro.publish(invite)
    expect(notices(ours)).toHaveLength(1)
    await ours.send(talk, "in the new session")
    expect(saro.collect().at(-1)).toMatchObject({ text: "in the new session", isOfOldSession: false })
  })

  it("PV1-39: of two that cross the later one counts, on both sides", async () => {
    const meeting = await world.meet()
    const { ours, saro, talk } = meeting
    await introduce(meeting)
    await (await ours.conversation(talk)).as(PrivateV1)?.command("reset", {})
    await world.pass()
    const { invite, waiting } = talk.reset(1, world.clock.now + 1)
    expect(await takeReset(meeting)).toEqual([])
    await saro.publish([invite, ...waiting])
    await saro.publish(talk.say("who won?").payloads)
    expect(ours.texts.at(-1)).toBe("who won?")
    await ours.send(talk, "you did")
    expect(saro.collect().at(-1)).toMatchObject({ text: "you did", isOfOldSession: false })
  })

  it("PV1-39: of two with one epoch the one with the smaller id counts, on both sides", async () => {
    for (let time = 0; time < 4; time++) {
      const meeting = await world.meet()
      const { ours, saro, talk } = meeting
      await introduce(meeting)
      await (await ours.conversation(talk)).as(PrivateV1)?.command("reset", {})
      await world.pass()
      const { invite } = talk.reset(1, world.clock.now)
      await saro.publish(invite)
      await takeReset(meeting)
      await saro.publish(talk.say("the same?").payloads)
      expect(ours.texts.at(-1)).toBe("the same?")
      await ours.send(talk, "the same")
      expect(saro.collect().at(-1)).toMatchObject({ text: "the same", isOfOldSession: false })
    }
  })

  it("RL-25, PV1-41, PV1-45: an acknowledgement of what ours never said makes it begin a session and a new count", async () => {
    const meeting = await world.meet()
    const { ours, saro, talk } = meeting
    await introduce(meeting)
    await world.pass(2 * second)
    saro.collect()
    talk.pretendToHaveHeard(1000)
    await saro.publish(talk.acknowledge())
    expect(await takeReset(meeting)).toEqual([3])
    await ours.send(talk, "what happened?")
    const heard = saro.collect().at(-1)
    expect(heard).toMatchObject({ text: "what happened?", isOfOldSession: false })
    const sequence = heard?.sequence ?? 0
    expect(sequence).toBeGreaterThanOrEqual(65_536 * Math.floor(world.clock.now / second))
    expect(sequence % 65_536).toBeLessThan(10)
    // He does not take what lies between for lost.
    await saro.publish(talk.say("nothing").payloads)
    expect(ours.texts.at(-1)).toBe("nothing")
  })
})

describe("CT-12: two conversations of the same people", () => {
  /** Both start with each other before either has heard. */
  async function startAtOnce(ours: Ours, saro: Other): Promise<{ mine: Talk; theirs: Talk }> {
    const { talk: mine, invite } = Talk.start(
      saro.identity,
      readIntroduction(await ours.client.introduce()),
      "I say hello",
    )
    const introduction = saro.introduce()
    await ours.client.conversations.start(introduction.text, { content: text("no, I say hello") })
    await world.pass()
    await saro.publish(invite, mine.peerTopic)
    const [came] = saro.invites()
    if (came === undefined) throw new Error("nothing came")
    const { talk: theirs, first } = Talk.accept(saro.identity, came.own, came.payload)
    expect(first?.text).toBe("no, I say hello")
    return { mine, theirs }
  }

  it("PV1-48: ours shows one thread, sends in the one with the smaller id, and receives in both", async () => {
    for (let time = 0; time < 3; time++) {
      const [ours, saro] = [await world.open(), world.person()]
      const { mine, theirs } = await startAtOnce(ours, saro)
      const [smaller, larger] = mine.id < theirs.id ? [mine, theirs] : [theirs, mine]
      for (const talk of [larger, smaller, larger]) {
        await world.pass(1)
        await saro.publish(talk.say(`in ${talk.id}`).payloads, mine.peerTopic)
      }
      const { items } = await ours.client.conversations.list()
      expect(items).toHaveLength(1)
      const words = (await ours.log(smaller)).map(({ text }) => text)
      expect(words.slice(0, 2).sort()).toEqual(["I say hello", "no, I say hello"])
      expect(words.slice(2)).toEqual([larger, smaller, larger].map(({ id }) => `in ${id}`))
      await ours.send(larger, "one answer")
      saro.talk = smaller
      expect(saro.collect().map(({ text }) => text)).toContain("one answer")
    }
  })
})

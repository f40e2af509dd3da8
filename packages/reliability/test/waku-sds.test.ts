import { Message, MessageChannel, type ContentMessage, MessageChannelEvent } from "@waku/sds"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { seeded } from "./compact-pair.js"
import { type LogLine, PublishedSide } from "./published-side.js"

const startMs = 1_800_000_000_000

/** The npm package @waku/sds as one participant, driven as its documentation asks. */
class WakuSide {
  readonly channel: MessageChannel
  readonly acknowledged: string[] = []
  readonly texts: string[] = []
  #ticks = 0

  constructor(readonly out: (bytes: Uint8Array) => void) {
    this.channel = new MessageChannel("reading", "raya")
    this.channel.addEventListener(MessageChannelEvent.OutMessageAcknowledged, (event) =>
      this.acknowledged.push(event.detail),
    )
  }

  async send(text: string): Promise<void> {
    this.texts.push(text)
    await this.#push(new TextEncoder().encode(text))
  }

  async sendEphemeral(text: string): Promise<void> {
    await this.channel.pushOutgoingEphemeralMessage(new TextEncoder().encode(text), (message) => this.#publish(message))
    await this.channel.processTasks()
  }

  async receive(bytes: Uint8Array): Promise<void> {
    const message = Message.decode(bytes)
    if (message === undefined) throw new Error("@waku/sds cannot read the message")
    this.channel.pushIncomingMessage(message, undefined)
    await this.channel.processTasks()
  }

  async tick(): Promise<void> {
    this.#ticks++
    this.channel.sweepIncomingBuffer()
    await this.channel.sweepRepairIncomingBuffer((message) => this.#publish(message))
    if (this.#ticks % 6 === 0) await this.channel.pushOutgoingSyncMessage((message) => this.#publish(message))
    if (this.#ticks % 12 === 0)
      for (const { content } of this.channel.sweepOutgoingBuffer().unacknowledged) await this.#push(content)
  }

  read(): LogLine[] {
    return (this.channel["localHistory"].slice() as ContentMessage[]).map(
      ({ messageId, lamportTimestamp, content }) => ({
        id: messageId,
        lamport: Number(lamportTimestamp),
        text: new TextDecoder().decode(content),
      }),
    )
  }

  async #push(payload: Uint8Array): Promise<void> {
    this.channel.pushOutgoingMessage(payload, async (message) => ({ success: await this.#publish(message) }))
    await this.channel.processTasks()
  }

  #publish(message: Message): Promise<boolean> {
    this.out(message.encode())
    return Promise.resolve(true)
  }
}

/** A conversation between both over a channel with loss, ticked by a clock that both read. */
class Meeting {
  readonly ours: PublishedSide
  readonly theirs: WakuSide
  readonly random: () => number
  loss = 0
  tickMs = 5000
  #toOurs: Uint8Array[] = []
  #toTheirs: Uint8Array[] = []

  constructor(seed: number) {
    this.random = seeded(seed)
    this.ours = new PublishedSide("saro", this.random, (bytes) => this.#toTheirs.push(bytes))
    this.theirs = new WakuSide((bytes) => this.#toOurs.push(bytes))
  }

  async tick(): Promise<void> {
    vi.setSystemTime(Date.now() + this.tickMs)
    if (this.ours.wakeAtMs !== undefined && this.ours.wakeAtMs <= Date.now()) this.ours.wake(Date.now())
    await this.theirs.tick()
    const [toOurs, toTheirs] = [this.#toOurs.splice(0), this.#toTheirs.splice(0)]
    for (const bytes of toOurs) if (this.random() >= this.loss) this.ours.receive(bytes, Date.now())
    for (const bytes of toTheirs) if (this.random() >= this.loss) await this.theirs.receive(bytes)
  }

  async ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick++) await this.tick()
  }
}

describe("the published profile and the npm package @waku/sds", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] })
    vi.setSystemTime(startMs)
  })
  afterEach(() => void vi.useRealTimers())

  it("RL-44: hold one conversation in both directions and end with the same log, all of it acknowledged", async () => {
    const meeting = new Meeting(1)
    for (let turn = 0; turn < 10; turn++) {
      meeting.ours.send("the same text", Date.now())
      await meeting.theirs.send(`from Raya, ${turn}`)
      await meeting.tick()
    }
    await meeting.ticks(60)
    expect(meeting.ours.read()).toEqual(meeting.theirs.read())
    expect(meeting.ours.read()).toHaveLength(20)
    expect(meeting.ours.acknowledged).toHaveLength(10)
    expect(meeting.theirs.acknowledged).toHaveLength(10)
    expect(meeting.ours.state.sent.size).toBe(0)
    expect(meeting.ours.refused).toEqual([])
  })

  it("RL-55, RL-58: repair each other's losses, and end with the same log", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const meeting = new Meeting(seed)
      meeting.loss = 0.4
      for (let turn = 0; turn < 20; turn++) {
        if (meeting.random() < 0.5) meeting.ours.send("the same text", Date.now())
        else await meeting.theirs.send(`from Raya, ${turn}`)
        await meeting.ticks(Math.floor(meeting.random() * 4))
      }
      meeting.tickMs = 60_000
      await meeting.ticks(3000)
      expect(meeting.ours.read(), `seed ${seed}`).toEqual(meeting.theirs.read())
      expect(meeting.ours.read(), `seed ${seed}`).toHaveLength(20)
      expect(meeting.ours.state.sent.size, `seed ${seed}`).toBe(0)
      expect(meeting.ours.state.wanted.size, `seed ${seed}`).toBe(0)
    }
  })

  it("RL-59: ephemeral messages arrive and leave no trace", async () => {
    const meeting = new Meeting(2)
    meeting.ours.sendEphemeral("typing")
    await meeting.theirs.sendEphemeral("typing too")
    await meeting.ticks(2)
    expect(meeting.ours.ephemeral).toEqual(["typing too"])
    expect([...meeting.ours.read(), ...meeting.theirs.read()]).toEqual([])
  })
})

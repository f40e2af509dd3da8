import { codeOf, ColloquyError, type ConversationId } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { type ClientEvent, type Message, text } from "colloquy"
import { HostileNetwork } from "./hostile-network.js"
import { Person } from "./person.js"
import { type Account, type Expectations, overfull, violations } from "./properties.js"
import { SeededRandom } from "./random.js"
import { Trace } from "./trace.js"
import { VirtualClock } from "./virtual-clock.js"
import { type Climate, describeWeather, type Weather, weatherOf } from "./weather.js"

const beginMs = 1_800_000_000_000
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

export interface SimulationOptions extends Partial<Expectations> {
  readonly climate?: Climate
  readonly weather?: Partial<Weather>
  /** How much time the good network has at the end: looked at hour by hour, until both agree. */
  readonly settleMaxMs?: number
}

export interface Run {
  readonly seed: number
  readonly weather: Weather
  /** What did not hold; empty for a good run. */
  readonly violations: readonly string[]
  readonly trace: Trace
  readonly messages: number
  readonly publications: number
  readonly publishedBytes: number
  /** How long the good network took until both agreed. */
  readonly settledMs: number
  readonly counters: Readonly<Record<string, number>>
}

/** One seed from its beginning to its end. The same seed with the same options is the same run, line by line of its trace. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Run> {
  const { climate = "hostile", settleMaxMs = 40 * dayMs, acknowledged = climate === "hostile" } = options
  const weather = weatherOf(seed, climate, options.weather)
  const rejections: string[] = []
  const rejected = (reason: unknown): void => void rejections.push(`unhandled rejection: ${String(reason)}`)
  process.on("unhandledRejection", rejected)
  try {
    const world = new World(seed, weather, await loadCrypto())
    await world.live()
    const settled = await world.settle(settleMaxMs, { acknowledged })
    return {
      seed,
      weather,
      violations: [...settled.violations, ...rejections],
      trace: world.trace,
      messages: world.saro.sayings.length + world.raya.sayings.length,
      publications: world.network.taken,
      publishedBytes: world.network.takenBytes,
      settledMs: settled.settledMs,
      counters: settled.counters,
    }
  } finally {
    process.off("unhandledRejection", rejected)
  }
}

/** What to print of a run that failed. */
export function report(run: Run, linesMax = 400): string {
  return [
    `seed ${run.seed} failed`,
    describeWeather(run.weather),
    ...run.violations.slice(0, 40).map((violation) => `  ${violation}`),
    run.trace.diagram(linesMax),
  ].join("\n")
}

class World {
  readonly clock = new VirtualClock(beginMs)
  readonly trace = new Trace(() => this.clock.nowMs(), "Saro", "Raya")
  readonly network: HostileNetwork
  readonly saro: Person
  readonly raya: Person
  readonly #seed: number
  readonly #weather: Weather
  readonly #random: SeededRandom
  readonly #conversations: ConversationId[] = []

  constructor(seed: number, weather: Weather, crypto: Awaited<ReturnType<typeof loadCrypto>>) {
    this.#seed = seed
    this.#weather = weather
    this.#random = SeededRandom.for(seed, "world")
    this.network = new HostileNetwork(this.clock, SeededRandom.for(seed, "network"), weather, this.trace)
    this.saro = new Person(seed, "Saro", this.network, crypto)
    this.raya = new Person(seed, "Raya", this.network, crypto)
    for (const { name } of [this.saro, this.raya]) this.network.mailboxOf(name)
  }

  /** Two people meet, write, and fare as the weather has it. */
  async live(): Promise<void> {
    const { spanMs } = this.#weather
    void this.saro.start()
    void this.raya.start()
    for (const person of [this.saro, this.raya]) this.#troubles(person)
    for (let i = 0; i < this.#weather.scopeChanges; i++)
      this.clock.after(this.#moment(), () => this.network.changeScope(this.#weather.loss === 0))
    void this.#meet(this.saro, this.raya)
    if (this.#random.chance(0.15)) void this.#meet(this.raya, this.saro)
    for (const person of [this.saro, this.raya]) this.#chatter(person)
    for (const person of [this.saro, this.raya]) this.#inspect(person)
    await this.clock.runUntil(beginMs + spanMs)
  }

  /** The network becomes good, both are there, and time passes until they agree, or too much of it. */
  async settle(
    settleMaxMs: number,
    expected: Expectations,
  ): Promise<{ violations: readonly string[]; settledMs: number; counters: Record<string, number> }> {
    this.network.becomeCalm()
    this.saro.disk.calm = true
    this.raya.disk.calm = true
    const calmMs = this.clock.nowMs()
    let stepMs = 10 * minuteMs
    for (;;) {
      await this.clock.runUntil(this.clock.nowMs() + stepMs)
      stepMs = Math.min(6 * hourMs, stepMs * 2)
      const settledMs = this.clock.nowMs() - calmMs
      const [left, right] = [await this.#account(this.saro), await this.#account(this.raya)]
      const found =
        left === undefined || right === undefined
          ? ["a client is not open at the end, or cannot be read"]
          : violations(left, right, expected)
      const unsaid = [...this.saro.sayings, ...this.raya.sayings].filter(
        ({ id, key }) => id === undefined && key !== undefined,
      )
      if ((found.length > 0 || unsaid.length > 0) && settledMs < settleMaxMs) continue
      const counters: Record<string, number> = {}
      for (const { client } of [this.saro, this.raya])
        for (const [code, count] of Object.entries(client?.counters() ?? {}))
          counters[code] = (counters[code] ?? 0) + count
      let closed = false
      void Promise.all([this.saro.client?.close(), this.raya.client?.close()]).then(() => (closed = true))
      await this.clock.runUntil(this.clock.nowMs() + minuteMs, () => closed)
      const more = [
        ...unsaid.map((saying) => `"${saying.text}" could never be said`),
        ...(closed ? [] : ["closing hangs at the end"]),
      ]
      return { violations: [...found, ...more], settledMs, counters }
    }
  }

  /** One introduces himself, the other begins, the first agrees sooner or later. */
  async #meet(starter: Person, introducer: Person): Promise<void> {
    const random = this.#random
    const introduction = await introducer.insist("introducing", (client) =>
      client.introduce({ expiresInMs: 80 * dayMs }),
    )
    await this.clock.sleep(random.spread(10, this.#weather.spanMs / 10))
    const words = `${starter.name} says hello`
    const withContent = random.chance(0.7)
    const saying = { text: words, key: undefined }
    const id = await starter.insist("starting", async (client) => {
      try {
        const talk = await client.conversations.start(introduction, withContent ? { content: text(words) } : {})
        starter.note("starts a conversation")
        return talk.id
      } catch (error) {
        // The start was committed by a process that did not live to say so.
        if (error instanceof ColloquyError && error.code === "INTRODUCTION_CONSUMED")
          return error.fields["conversation"] as ConversationId
        throw error
      }
    })
    if (withContent) starter.sayings.push({ ...saying, conversation: id })
    this.#conversations.push(id)
    await this.clock.sleep(random.spread(10, this.#weather.spanMs / 3))
    await introducer.insist("allowing", async (client) => {
      for (;;) {
        const { items } = await client.requests.list()
        const request = items.find((conversation) => conversation.id === id)
        if (request !== undefined) {
          await client.requests.allow(request.id)
          introducer.note("allows it")
          return
        }
        if ((await client.conversations.get(id)) !== undefined) return
        await this.clock.sleep(random.spread(1000, hourMs))
        if (introducer.client !== client) throw new ColloquyError("CLIENT_CLOSED", "it was closed meanwhile")
      }
    })
  }

  /** Messages at random times, some in bursts. */
  #chatter(person: Person): void {
    const { messagesEach } = this.#weather
    let number = 0
    while (number < messagesEach) {
      const atMs = this.#moment()
      const burst = this.#random.chance(0.3) ? this.#random.whole(2, 20) : 1
      for (let i = 0; i < burst && number < messagesEach; i++) {
        const words = `${person.name} says ${++number}`
        const keyed = this.#random.chance(0.7)
        const pick = this.#random.word()
        this.clock.after(atMs, () => void this.#say(person, words, keyed, pick))
      }
    }
  }

  async #say(person: Person, words: string, keyed: boolean, pick: number): Promise<void> {
    for (;;) {
      const conversation = this.#conversations[pick % Math.max(1, this.#conversations.length)]
      const known =
        conversation !== undefined &&
        (await person.insist("looking", (client) => client.conversations.get(conversation))) !== undefined
      if (known) return person.say(conversation, words, keyed)
      await this.clock.sleep(10 * minuteMs)
      if (this.network.calm) return
    }
  }

  #troubles(person: Person): void {
    const { partitions, partitionMaxMs, crashes, closes } = this.#weather
    const mailbox = this.network.mailboxOf(person.name)
    for (let i = 0; i < partitions; i++) {
      const lengthMs = this.#random.spread(1, partitionMaxMs)
      this.clock.after(this.#moment(), () => {
        if (this.network.calm) return
        this.network.setUp(mailbox, false)
        this.clock.after(lengthMs, () => this.network.setUp(mailbox, true))
      })
    }
    for (let i = 0; i < crashes; i++) {
      const [commits, moment] = [this.#random.whole(1, 12), this.#random.chance(0.5)]
      const atCommit = this.#random.chance(0.8)
      this.clock.after(this.#random.chance(0.2) ? 0 : this.#moment(), () => {
        if (this.network.calm) return
        if (atCommit) person.disk.crashAt(commits, moment ? "before" : "after")
        else person.crash()
      })
    }
    for (let i = 0; i < closes; i++)
      this.clock.after(this.#moment(), () => {
        if (!this.network.calm) void person.close()
      })
  }

  /** `undefined` when the client is not there, or does not answer. */
  async #account(person: Person): Promise<Account | undefined> {
    const { client } = person
    if (client === undefined) return undefined
    let account: Account | undefined
    this.#readAll(person, client).then(
      (read) => (account = read),
      (error: unknown) => person.note(`cannot be read: ${codeOf(error) ?? String(error)}`),
    )
    await this.clock.runUntil(this.clock.nowMs() + minuteMs, () => account !== undefined)
    return account
  }

  /** Now and then somebody looks how much waits: what is bounded is so at any time. */
  #inspect(person: Person): void {
    const random = SeededRandom.for(this.#seed, person.name, "inspections")
    for (let i = 0; i < 4; i++)
      this.clock.after(random.whole(0, this.#weather.spanMs), () => {
        person.client?.storage().then(
          ({ waiting }) => person.faults.push(...overfull(waiting)),
          () => person.note("cannot be inspected now"),
        )
      })
  }

  async #readAll(person: Person, client: NonNullable<Person["client"]>): Promise<Account> {
    const logs = new Map<ConversationId, readonly Message[]>()
    const { items } = await client.conversations.list({ limit: 1000 })
    for (const { id } of items) {
      const conversation = await client.conversations.get(id)
      const page = await conversation?.messages({ limit: 1000 })
      logs.set(id, page?.items ?? [])
    }
    const stop = new AbortController()
    const events: ClientEvent[] = []
    const reading = (async () => {
      for await (const event of client.events({ signal: stop.signal })) events.push(event)
    })()
    this.clock.after(1, () => stop.abort())
    await reading
    const { waiting } = await client.storage()
    return { person, logs, events, waiting }
  }

  #moment(): number {
    return this.#random.whole(0, this.#weather.spanMs)
  }
}

import type { ClientEvent, Client } from "@colloquy/client"
import { type AnyConversationType, codeOf, type Crypto } from "@colloquy/core"
import { HostileNetwork } from "./network/hostile-network.js"
import { Deeds } from "./people/deeds.js"
import { Person } from "./people/person.js"
import type { Action, Plan } from "./plan/plan.js"
import {
  type Account,
  type AccountedConversation,
  type Outcome,
  type Violation,
  violation,
} from "./properties/account.js"
import { overfull } from "./properties/bounds.js"
import { violations } from "./properties/properties.js"
import { traces } from "./properties/secrets.js"
import { SeededRandom } from "./random.js"
import { Talk } from "./talk.js"
import { Trace } from "./trace/trace.js"
import type { SimulatedType, Types } from "./types.js"
import { VirtualClock } from "./virtual-clock.js"

const beginMs = 1_800_000_000_000
const minuteMs = 60_000
const hourMs = 60 * minuteMs

interface Settled {
  readonly violations: readonly Violation[]
  /** How long the good network took until everything held. */
  readonly settledMs: number
  readonly counters: Readonly<Record<string, number>>
}

/** Somebody lost a part of it, and nobody wants it ended. */
function isSetBack({ harms }: Talk): boolean {
  return harms.size > 0 && !harms.has("removed") && !harms.has("denied")
}

/** People, their programs and the network between them, as a plan has it. */
export class World {
  readonly clock = new VirtualClock(beginMs)
  readonly trace: Trace
  readonly network: HostileNetwork
  readonly people: readonly Person[]
  readonly talks: readonly Talk[]
  readonly #plan: Plan
  readonly #deeds: Deeds

  constructor(plan: Plan, types: Types, crypto: Crypto) {
    const { seed, weather } = plan
    this.#plan = plan
    this.trace = new Trace(
      () => this.clock.nowMs(),
      plan.people.map(({ name }) => name),
    )
    this.network = new HostileNetwork(this.clock, SeededRandom.for(seed, "network"), weather, this.trace)
    const all: readonly AnyConversationType[] = [...types.spoken.map(({ type }) => type), ...types.beside]
    const host = { seed, network: this.network, crypto, types: all }
    this.people = plan.people.map((person, number) => new Person(number, person, host))
    for (const { name } of this.people) this.network.mailboxOf(name)
    this.talks = plan.talks.map((talk, number) => {
      const type = types.spoken.find((one) => one.type.id === talk.type) as SimulatedType
      return new Talk(number, talk, type)
    })
    this.#deeds = new Deeds({
      clock: this.clock,
      people: this.people,
      talks: this.talks,
      calm: () => this.network.calm,
      random: (...part) => SeededRandom.for(seed, "deeds", ...part),
    })
  }

  /** People meet, write, and fare as the plan has it. */
  async live(): Promise<void> {
    for (const person of this.people) void person.start()
    for (const action of this.#plan.actions) this.clock.after(action.atMs, () => this.#act(action))
    await this.clock.runUntil(beginMs + this.#plan.weather.spanMs)
  }

  /** The network becomes good, everybody is there, and time passes until everything holds, or too much of it. */
  async settle(settleMaxMs: number): Promise<Settled> {
    this.network.becomeCalm()
    for (const person of this.people) {
      person.disk.calm = true
      person.disk.full = false
      person.wake()
    }
    const calmMs = this.clock.nowMs()
    this.clock.after(hourMs, () => {
      for (const talk of this.talks) if (isSetBack(talk)) void this.#deeds.callRoll(talk)
    })
    let stepMs = 10 * minuteMs
    for (;;) {
      await this.clock.runUntil(this.clock.nowMs() + stepMs)
      stepMs = Math.min(6 * hourMs, stepMs * 2)
      const settledMs = this.clock.nowMs() - calmMs
      const found = await this.#look()
      const isEarly = settledMs < 6 * hourMs && this.talks.some(isSetBack)
      if ((found.length > 0 || isEarly) && settledMs < settleMaxMs) continue
      const counters: Record<string, number> = {}
      for (const { client } of this.people)
        for (const [code, count] of Object.entries(client?.counters() ?? {}))
          counters[code] = (counters[code] ?? 0) + count
      return { violations: [...found, ...(await this.#end())], settledMs, counters }
    }
  }

  async dispose(): Promise<void> {
    for (const { disk } of this.people) await disk.dispose()
  }

  #act(action: Action): void {
    const person = this.people[action.who] as Person
    const { calm } = this.network
    switch (action.kind) {
      case "meet":
      case "say":
      case "command":
      case "erase":
      case "disappear":
      case "remove":
      case "consent":
      case "copy":
      case "export":
        return void this.#deeds[action.kind](action as never)
      case "restore":
      case "import":
        return this.#deeds[action.kind](action as never)
      case "crash":
        if (calm) return
        if (action.commits === 0) person.crash()
        else person.disk.crashAt(action.commits, action.moment)
        return
      case "close":
        if (!calm) void person.close(action.forMs)
        return
      case "cut": {
        if (calm) return
        const mailbox = this.network.mailboxOf(person.name)
        this.network.setUp(mailbox, false)
        this.clock.after(action.forMs, () => this.network.setUp(mailbox, true))
        return
      }
      case "jump":
        person.skew.ms += action.byMs
        return person.note(
          `==== sets his clock ${action.byMs > 0 ? "forward" : "back"} by ${Math.abs(action.byMs)} ms ====`,
        )
      case "full":
        person.disk.full = !calm
        return void this.clock.after(action.forMs, () => void (person.disk.full = false))
      case "inspect":
        return void person.client?.storage().then(
          ({ waiting }) => overfull(waiting).forEach((words) => person.fault(words)),
          () => person.note("cannot be inspected now"),
        )
      case "scope":
        if (!calm) this.network.changeScope(action.keeps)
        return
    }
  }

  async #look(): Promise<readonly Violation[]> {
    const accounts: Account[] = []
    for (const person of this.people) {
      const account = await this.#account(person)
      if (account === undefined) return [violation("open", `${person.name} is not open at the end, or cannot be read`)]
      accounts.push(account)
    }
    return violations(this.#outcome(accounts))
  }

  #outcome(accounts: readonly Account[]): Outcome {
    const { spanMs } = this.#plan.weather
    return { accounts, talks: this.talks, published: this.network.takenOf, spanMs }
  }

  /** Everybody closes; then the disks are searched for what was to be gone. */
  async #end(): Promise<readonly Violation[]> {
    let closed = false
    void Promise.all(this.people.map(async ({ client }) => client?.close())).then(() => (closed = true))
    await this.clock.runUntil(this.clock.nowMs() + minuteMs, () => closed)
    if (!closed) return [violation("open", "closing hangs at the end")]
    const found: Violation[] = []
    for (const person of this.people) {
      person.crash()
      found.push(...traces(person, await person.disk.bytes()))
    }
    return found
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

  async #readAll(person: Person, client: Client): Promise<Account> {
    const conversations: AccountedConversation[] = []
    const { items } = await client.conversations.list({ limit: 1000 })
    for (const details of items) {
      const conversation = await client.conversations.get(details.id)
      const page = await conversation?.messages({ limit: 1000 })
      conversations.push({ id: details.id, details, messages: page?.items ?? [] })
    }
    const stop = new AbortController()
    const events: ClientEvent[] = []
    const reading = (async () => {
      for await (const event of client.events({ signal: stop.signal })) events.push(event)
    })()
    this.clock.after(1, () => stop.abort())
    await reading
    return { person, conversations, events, storage: await client.storage() }
  }
}

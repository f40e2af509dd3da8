import { Client } from "@colloquy/client"
import { contentRegistry, text } from "@colloquy/content"
import {
  type AnyConversationType,
  codeOf,
  type Crypto,
  type Entry,
  type Logger,
  type Participant,
  type Storage,
} from "@colloquy/core"
import { rawKey, sealedStorage } from "@colloquy/storage-sealed"
import { hostileDelivery } from "../network/hostile-service.js"
import type { HostileNetwork } from "../network/hostile-network.js"
import type { PersonPlan } from "../plan/plan.js"
import { SeededRandom } from "../random.js"
import { describeEvent, errorText } from "./describe.js"
import { Reader } from "./reader.js"
import { Recall } from "./recall.js"
import { SimDisk } from "./sim-disk.js"
import { SimProcess, type Skew } from "./sim-process.js"

const secondMs = 1000
const minuteMs = 60 * secondMs
const openMaxMs = 5 * minuteMs
const passing = /^(STORE_FAILED|CLIENT_CLOSED|IMPORT_UNFINISHED)$/

export interface PersonHost {
  readonly seed: number
  readonly network: HostileNetwork
  readonly crypto: Crypto
  readonly types: readonly AnyConversationType[]
}

/** What came of something that a person wanted: a value, or the code of a refusal that he was ready for. */
export type Answer<T> = { readonly value: T } | { readonly refused: string }

/** One account, the program that opens it again and again, and what its owner remembers. */
export class Person {
  readonly name: string
  readonly number: number
  readonly plan: PersonPlan
  readonly disk: SimDisk
  readonly recall = new Recall()
  readonly reader: Reader
  readonly faults: string[] = []
  /** Each kind of line once. */
  readonly logs = new Set<string>()
  readonly skew: Skew
  participant: Participant | undefined
  client: Client | undefined
  /** A copy of the disk, and a backup, that were kept somewhere else. */
  copied: readonly Entry[] | undefined
  backup: readonly Uint8Array[] | undefined
  readonly #host: PersonHost
  readonly #random: SeededRandom
  #process: SimProcess | undefined
  #incarnation = 0
  #waiting: ((client: Client) => void)[] = []
  #closing = false
  #importing: readonly Uint8Array[] | undefined
  /** The process may not start before. */
  #asleep: { readonly cancel: () => void } | undefined
  #ready: Promise<unknown> = Promise.resolve()

  constructor(number: number, plan: PersonPlan, host: PersonHost) {
    const { seed, network } = host
    this.number = number
    this.plan = plan
    this.name = plan.name
    this.#host = host
    this.#random = SeededRandom.for(seed, this.name)
    this.skew = { ms: plan.skewMs }
    this.disk = new SimDisk(plan.store, network.clock, SeededRandom.for(seed, this.name, "disk"), network.weather)
    this.reader = new Reader(
      (what) => this.note(what),
      (what) => void this.fault(what),
    )
  }

  get nowMs(): number {
    return this.#host.network.clock.nowMs() + this.skew.ms
  }

  note(what: string): void {
    this.#host.network.trace.note(this.name, what)
  }

  fault(what: string): void {
    this.faults.push(what)
    this.note(`FAULT: ${what}`)
  }

  /** Starts the program, again and again until it runs. Whenever it dies, it is started again after a while. */
  async start(): Promise<void> {
    this.#asleep = undefined
    for (let ready; ready !== this.#ready;) {
      ready = this.#ready
      await ready
    }
    const { network, seed } = this.#host
    const { clock } = network
    const incarnation = ++this.#incarnation
    const process = new SimProcess(clock, SeededRandom.for(seed, this.name, "process", incarnation), this.skew)
    this.#process = process
    process.onEnd(() => this.#died(process))
    this.note(`opens (${incarnation})`)
    const cancel = clock.after(openMaxMs, () => this.fault("opening hangs"))
    process.onEnd(cancel)
    try {
      if (this.#importing !== undefined) await process.guard(this.#import(process, this.#importing))
      const client = await process.guard(this.#open(process))
      cancel()
      if (this.participant !== undefined && this.participant !== client.participant)
        this.fault("opened with another identity")
      this.participant = client.participant
      this.client = client
      this.note("is open")
      const random = SeededRandom.for(seed, this.name, "reader", incarnation)
      this.reader.read(client, process, random, describeEvent)
      const waiting = this.#waiting
      this.#waiting = []
      for (const resolve of waiting) resolve(client)
    } catch (error) {
      cancel()
      this.note(`cannot open: ${codeOf(error) ?? String(error)}`)
      if (!passing.test(codeOf(error) ?? "")) this.fault(`opening failed: ${errorText(error)}`)
      this.#process = undefined
      process.kill()
      this.#startAfter(this.#random.spread(10, secondMs))
    }
  }

  /** The process dies now. */
  crash(): void {
    this.#process?.kill()
  }

  /** Closes the program as it wants to be closed; it is opened again after so long. */
  async close(forMs: number): Promise<void> {
    const { client } = this
    const process = this.#process
    if (client === undefined || process === undefined || this.#closing) return
    this.#closing = true
    this.client = undefined
    this.note("closes")
    const cancel = this.#host.network.clock.after(openMaxMs, () => this.fault("closing hangs"))
    process.onEnd(() => {
      cancel()
      this.#closing = false
    })
    try {
      await process.guard(client.close())
    } catch (error) {
      if (codeOf(error) !== "STORE_FAILED") this.fault(`closing failed: ${errorText(error)}`)
    }
    this.note("is closed")
    this.#process = undefined
    process.kill()
    this.#startAfter(forMs)
  }

  /** Whoever is away comes back now. */
  wake(): void {
    if (this.#asleep === undefined) return
    this.#asleep.cancel()
    void this.start()
  }

  /** The process dies, and the next one finds other records: those given, or a backup that it imports first. */
  anotherDisk(from: { readonly entries: readonly Entry[] } | { readonly backup: readonly Uint8Array[] }): void {
    this.recall.lives++
    this.crash()
    this.reader.forget()
    if ("backup" in from) {
      this.#importing = from.backup
      this.disk.blank()
    } else {
      this.#importing = undefined
      this.#ready = this.#ready.then(() => this.disk.replaceWith(from.entries))
    }
  }

  /** Runs something with the client until it works; a failure of the store or a crash begins it again. `ready` are refusals to live with. */
  async insist<T>(what: string, ready: RegExp, action: (client: Client) => Promise<T>): Promise<Answer<T>> {
    for (let mostMs = secondMs; ; mostMs = Math.min(2 * mostMs, 10 * minuteMs)) {
      const answer = await this.attempt(what, ready, action)
      if (answer !== undefined) return answer
      await this.#host.network.clock.sleep(this.#random.spread(10, mostMs))
    }
  }

  /** Tries once. `undefined` when the store failed or the process died, and nobody knows whether it was done. */
  async attempt<T>(
    what: string,
    ready: RegExp,
    action: (client: Client) => Promise<T>,
  ): Promise<Answer<T> | undefined> {
    const client = this.client ?? (await new Promise<Client>((resolve) => this.#waiting.push(resolve)))
    const process = this.#process as SimProcess
    const acted = action(client).then(
      (value) => ({ value }),
      (error: unknown) => {
        const code = codeOf(error) ?? "failed"
        this.note(`${what}: ${code}`)
        if (ready.test(code)) return { refused: code }
        if (!passing.test(code)) this.fault(`${what} failed: ${errorText(error)}`)
        return undefined
      },
    )
    const died = new Promise<undefined>((resolve) => process.onEnd(() => resolve(undefined)))
    return Promise.race([process.guard(acted), died])
  }

  async #open(process: SimProcess): Promise<Client> {
    const logger: Logger = {
      log: (level, event, fields) => {
        this.logs.add(`${level} ${event} ${JSON.stringify(fields ?? {})}`)
        if (level === "error") this.fault(`logged ${event} ${JSON.stringify(fields ?? {})}`)
      },
    }
    const { network, crypto, types } = this.#host
    return Client.open({
      storage: await this.#storage(process),
      delivery: hostileDelivery(network, network.mailboxOf(this.name), process),
      types,
      content: contentRegistry([text]),
      clock: process.clock,
      random: process.random.bytes,
      crypto,
      logger,
    })
  }

  async #import(process: SimProcess, backup: readonly Uint8Array[]): Promise<void> {
    const { crypto } = this.#host
    const source = (async function* () {
      for (const piece of backup) yield piece.slice()
    })()
    try {
      const storage = await this.#storage(process)
      const { random, clock } = process
      await Client.import({ storage, source, unlock: this.unlock(), crypto, random: random.bytes, clock })
      this.note("has imported his backup")
    } catch (error) {
      // The process before did it and did not live to learn of it.
      if (codeOf(error) !== "ACCOUNT_EXISTS") throw error
    }
    this.#importing = undefined
  }

  /** What opens his store and his backups. */
  unlock(): ReturnType<typeof rawKey> {
    return rawKey(SeededRandom.for(this.#host.seed, this.name, "unlock").bytes(32))
  }

  async #storage(process: SimProcess): Promise<Storage> {
    const open = this.disk.openFor(process)
    if (!this.plan.store.startsWith("sealed")) return open()
    return sealedStorage(open, this.unlock(), { crypto: this.#host.crypto, random: process.random.bytes })()
  }

  #died(process: SimProcess): void {
    if (this.#process !== process) return
    this.client = undefined
    this.#process = undefined
    this.note("CRASHES")
    const { calm, weather } = this.#host.network
    this.#startAfter(calm ? 100 : this.#random.spread(10, weather.awayMaxMs))
  }

  #startAfter(delayMs: number): void {
    const cancel = this.#host.network.clock.after(delayMs, () => void this.start())
    this.#asleep = { cancel }
  }
}

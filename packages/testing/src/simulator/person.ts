import { codeOf, type Crypto, type ConversationId, type Logger, type MessageId, type Participant } from "@colloquy/core"
import { Client, type ClientEvent, rawKey, text } from "colloquy"
import type { HostileNetwork } from "./hostile-network.js"
import { hostileDelivery } from "./hostile-service.js"
import { SeededRandom } from "./random.js"
import { SimDisk } from "./sim-disk.js"
import { SimProcess } from "./sim-process.js"

const secondMs = 1000
const minuteMs = 60 * secondMs
const openMaxMs = 5 * minuteMs

type OpenClient = Awaited<ReturnType<typeof Client.open>>

/** Something that a person wants to have said, once, whatever happens to the program meanwhile. */
export interface Saying {
  readonly text: string
  readonly conversation: ConversationId
  readonly key: string | undefined
  /** Known once the client took it. */
  id?: MessageId
}

/** One account, the program that opens it again and again, and what its owner remembers. */
export class Person {
  readonly name: string
  readonly disk: SimDisk
  readonly sayings: Saying[] = []
  /** What the application's own reader saw, by cursor. A crash may have it see the last ones again. */
  readonly seen = new Map<string, ClientEvent>()
  readonly faults: string[] = []
  readonly logs: string[] = []
  participant: Participant | undefined
  client: OpenClient | undefined
  readonly #seed: number
  readonly #network: HostileNetwork
  readonly #crypto: Crypto
  readonly #random: SeededRandom
  readonly #skewMs: number
  #process: SimProcess | undefined
  #incarnation = 0
  #lastCursor = 0
  #waiting: ((client: OpenClient) => void)[] = []
  #closing = false

  constructor(seed: number, name: string, network: HostileNetwork, crypto: Crypto) {
    this.#seed = seed
    this.name = name
    this.#network = network
    this.#crypto = crypto
    this.#random = SeededRandom.for(seed, name)
    const { skewMaxMs } = network.weather
    this.#skewMs = this.#random.whole(-skewMaxMs, skewMaxMs)
    this.disk = new SimDisk(network.clock, SeededRandom.for(seed, name, "disk"), network.weather)
  }

  /** The client, as soon as there is one. */
  async opened(): Promise<OpenClient> {
    return this.client ?? new Promise((resolve) => this.#waiting.push(resolve))
  }

  note(what: string): void {
    this.#network.trace.note(this.name, what)
  }

  /** Starts the program, again and again until it runs. Whenever it dies, it is started again after a while. */
  async start(): Promise<void> {
    const { clock } = this.#network
    const incarnation = ++this.#incarnation
    const process = new SimProcess(clock, SeededRandom.for(this.#seed, this.name, "process", incarnation), this.#skewMs)
    this.#process = process
    process.onEnd(() => {
      if (this.client !== undefined || incarnation === this.#incarnation) this.#died(process)
    })
    this.note(`opens (${incarnation})`)
    const cancel = clock.after(openMaxMs, () => this.#fault("opening hangs"))
    process.onEnd(cancel)
    try {
      const client = await process.guard(this.#open(process))
      cancel()
      if (this.participant !== undefined && this.participant !== client.participant)
        this.#fault("opened with another identity")
      this.participant = client.participant
      this.client = client
      this.note("is open")
      this.#read(client, process)
      const waiting = this.#waiting
      this.#waiting = []
      for (const resolve of waiting) resolve(client)
    } catch (error) {
      cancel()
      this.note(`cannot open: ${codeOf(error) ?? String(error)}`)
      if (codeOf(error)?.startsWith("STORE_FAILED") !== true) this.#fault(`opening failed: ${describe(error)}`)
      this.#process = undefined
      process.kill()
      clock.after(this.#random.spread(10, secondMs), () => void this.start())
    }
  }

  /** The process dies now. */
  crash(): void {
    this.#process?.kill()
  }

  /** Closes the program as it wants to be closed. */
  async close(): Promise<void> {
    const { client } = this
    const process = this.#process
    if (client === undefined || process === undefined || this.#closing) return
    this.#closing = true
    this.client = undefined
    this.note("closes")
    const cancel = this.#network.clock.after(openMaxMs, () => this.#fault("closing hangs"))
    process.onEnd(() => {
      cancel()
      this.#closing = false
    })
    try {
      await process.guard(client.close())
    } catch (error) {
      if (codeOf(error)?.startsWith("STORE_FAILED") !== true) this.#fault(`closing failed: ${describe(error)}`)
    }
    this.note("is closed")
    process.kill()
  }

  /** Says something, and does not rest until the client has taken it. */
  async say(conversation: ConversationId, words: string, keyed: boolean): Promise<void> {
    const saying: Saying = { text: words, conversation, key: keyed ? `key ${words}` : undefined }
    this.sayings.push(saying)
    for (;;) {
      const client = await this.opened()
      const process = this.#process as SimProcess
      const outcome = await this.#unlessDead(process, this.#send(client, saying))
      if (outcome === "done") return
      // Whoever gives no key cannot know whether it was said, and does not say it again.
      if (outcome === "dead" && !keyed) return
      await this.#network.clock.sleep(this.#random.spread(10, 10 * secondMs))
    }
  }

  /** Runs something with the client until it works; a failure of the store or a crash begins it again. */
  async insist<T>(what: string, action: (client: OpenClient) => Promise<T>): Promise<T> {
    for (;;) {
      const client = await this.opened()
      const process = this.#process as SimProcess
      let result: { readonly value: T } | undefined
      const outcome = await this.#unlessDead(
        process,
        action(client).then(
          (value) => {
            result = { value }
            return "done" as const
          },
          (error: unknown) => {
            this.note(`${what}: ${codeOf(error) ?? "failed"}`)
            const code = codeOf(error) ?? ""
            if (!/^(STORE_FAILED|CLIENT_CLOSED)$/.test(code)) this.#fault(`${what} failed: ${describe(error)}`)
            return "again" as const
          },
        ),
      )
      if (outcome === "done" && result !== undefined) return result.value
      await this.#network.clock.sleep(this.#random.spread(10, 10 * secondMs))
    }
  }

  async #send(client: OpenClient, saying: Saying): Promise<"done" | "again"> {
    try {
      const conversation = await client.conversations.get(saying.conversation)
      if (conversation === undefined) return this.#fault("a conversation is gone") ?? "again"
      const options = saying.key === undefined ? {} : { key: saying.key }
      const message = await conversation.send(text(saying.text), options)
      saying.id = message.id
      this.note(`says "${saying.text}" ${message.id.slice(0, 8)}`)
      return "done"
    } catch (error) {
      const code = codeOf(error) ?? ""
      if (!/^(STORE_FAILED|CLIENT_CLOSED)$/.test(code)) this.#fault(`sending failed: ${describe(error)}`)
      this.note(`could not say "${saying.text}": ${code}`)
      return "again"
    }
  }

  /** What came of it, or `dead` when the process died first. */
  #unlessDead<T>(process: SimProcess, work: Promise<T>): Promise<T | "dead"> {
    return Promise.race([process.guard(work), new Promise<"dead">((resolve) => process.onEnd(() => resolve("dead")))])
  }

  #open(process: SimProcess): Promise<OpenClient> {
    const logger: Logger = {
      log: (level, event, fields) => {
        this.logs.push(`${level} ${event} ${JSON.stringify(fields ?? {})}`)
        if (level === "error") this.#fault(`logged ${event} ${JSON.stringify(fields ?? {})}`)
      },
    }
    return Client.open({
      storage: this.disk.openFor(process),
      unlock: rawKey(SeededRandom.for(this.#seed, this.name, "unlock").bytes(32)),
      delivery: hostileDelivery(this.#network, this.#network.mailboxOf(this.name), process),
      clock: process.clock,
      random: process.random.bytes,
      crypto: this.#crypto,
      logger,
    })
  }

  /** The application reads its events, slowly at times. */
  #read(client: OpenClient, process: SimProcess): void {
    const random = SeededRandom.for(this.#seed, this.name, "reader", this.#incarnation)
    const reading = async (): Promise<void> => {
      for await (const event of client.events({ consumer: "application" })) {
        if (random.chance(0.1)) await process.sleep(random.spread(1, minuteMs))
        if (Number(event.cursor) > this.#lastCursor) {
          this.#lastCursor = Number(event.cursor)
          this.note(`learns ${describeEvent(event)}`)
        } else if (!this.seen.has(event.cursor)) this.#fault("an event was passed over")
        this.seen.set(event.cursor, event)
      }
    }
    const again = (): void => {
      reading().catch((error: unknown) => {
        const code = codeOf(error) ?? ""
        if (code === "CLIENT_CLOSED") return
        if (code !== "STORE_FAILED") this.#fault(`reading events failed: ${describe(error)}`)
        process.clock.after(secondMs, again)
      })
    }
    again()
  }

  #died(process: SimProcess): void {
    if (this.#process !== process) return
    const properly = this.#closing
    this.client = undefined
    this.#process = undefined
    if (!properly) this.note("CRASHES")
    const away = this.#network.calm ? 100 : this.#random.spread(10, this.#network.weather.awayMaxMs)
    this.#network.clock.after(away, () => void this.start())
  }

  #fault(what: string): undefined {
    this.faults.push(what)
    this.note(`FAULT: ${what}`)
    return undefined
  }
}

export function describeEvent(event: ClientEvent): string {
  switch (event.type) {
    case "message":
      return `message ${event.message.id.slice(0, 8)} "${text.is(event.message.content) ? event.message.content.text : "?"}"`
    case "state":
      return `${event.message.slice(0, 8)} ${event.state}${event.code === undefined ? "" : ` ${event.code}`}`
    case "conversation":
    case "consent":
      return `${event.type} ${event.consent}`
    case "notice":
      return `notice ${event.name}`
    default:
      return event.type
  }
}

function describe(error: unknown): string {
  if (error instanceof Error) return `${codeOf(error) ?? error.name}: ${error.message}`
  return String(error)
}

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { encodeEnvelope, type Hint, inboxTopics, memoryDelivery } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { Client, rawKey, systemClock, text } from "colloquy"
import { sqlite } from "colloquy/node"
import { median } from "./measure.js"
import type { Suite } from "./suites.js"

const foreign = 20_000
const waiting = 10_000
const small = 10
const large = 200

/** One client on SQLite over a delivery service in memory: what foreign payloads, many conversations and a long absence cost it. */
export const clientSuite: Suite = {
  name: "client",
  async *run({ progress }) {
    const directory = await mkdtemp(join(tmpdir(), "colloquy-bench-"))
    try {
      progress(`with ${small} conversations`)
      const few = await withConversations(directory, "few", small)
      yield { bench: `client.foreign${small}`, unit: "ops/s", value: few.foreignRate }
      yield { bench: `client.openMs${small}`, unit: "ms", value: few.openMs, goal: "300 with 100,000" }
      progress(`with ${large} conversations`)
      const many = await withConversations(directory, "many", large)
      const goal = `as with ${small}, within 30 %`
      yield { bench: `client.foreign${large}`, unit: "ops/s", value: many.foreignRate, goal }
      yield { bench: `client.openMs${large}`, unit: "ms", value: many.openMs, goal: "300 with 100,000" }
      yield { bench: "client.catchUp", unit: "ops/s", value: many.catchUpRate }
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
}

interface Figures {
  readonly foreignRate: number
  readonly openMs: number
  readonly catchUpRate: number
}

async function withConversations(directory: string, name: string, count: number): Promise<Figures> {
  const delivery = memoryDelivery()
  const storage = sqlite(join(directory, `${name}-raya.db`))
  const unlock = rawKey(randomBytes(32))
  const open = (): Promise<Client> => Client.open({ storage, unlock, delivery: delivery.open })
  let raya = await open()
  let talk: Awaited<ReturnType<Client["conversations"]["start"]>> | undefined
  const people: Client[] = []
  for (let i = 0; i < count; i++) {
    const person = await Client.open({
      storage: sqlite(join(directory, `${name}-${i}.db`)),
      unlock: rawKey(randomBytes(32)),
      delivery: delivery.open,
    })
    talk = await person.conversations.start(await raya.introduce(), { content: text("hello") })
    await drained(person)
    if (i < count - 1) await person.close()
    else people.push(person)
  }
  for (const person of people) await drained(person)
  const [last] = people
  if (last === undefined || talk === undefined) throw new Error("nobody to talk to")
  while ((await raya.conversations.get(talk.id)) === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
  await raya.requests.allow(talk.id)

  const foreignRate = await flood(raya, delivery)
  await raya.close()
  for (let i = 0; i < waiting; i += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, waiting - i) }, (_, k) => talk.send(text(`n ${i + k}`.padEnd(100, ".")))),
    )
  await drained(last)

  const openings: number[] = []
  for (let i = 0; i < 5; i++) {
    const started = performance.now()
    const opened = await Client.open({ storage, unlock })
    openings.push(performance.now() - started)
    await opened.close()
  }
  const started = performance.now()
  raya = await open()
  await raya.caughtUp(new AbortController().signal)
  const catchUpRate = (waiting * 1000) / (performance.now() - started)
  await raya.close()
  await last.close()
  return { foreignRate, openMs: median(openings), catchUpRate }
}

/** However long it takes. */
async function drained(client: Client): Promise<void> {
  await client.drained(new AbortController().signal)
}

/** Payloads of others on the same bucket: how many a second are looked at and put aside. */
async function flood(raya: Client, delivery: ReturnType<typeof memoryDelivery>): Promise<number> {
  const crypto = await loadCrypto()
  const topic = inboxTopics.of(raya.participant, crypto)
  const stranger = delivery.open({ clock: systemClock, random: (bytes) => new Uint8Array(randomBytes(bytes)) })
  const payloads = Array.from({ length: foreign }, () =>
    encodeEnvelope({ hint: new Uint8Array(randomBytes(16)) as Hint, payload: new Uint8Array(randomBytes(240)) }),
  )
  const before = raya.counters()["PAYLOAD_UNEXPECTED"] ?? 0
  const started = performance.now()
  for (const payload of payloads) await stranger.publish({ id: new Uint8Array(randomBytes(16)), topic, payload })
  while ((raya.counters()["PAYLOAD_UNEXPECTED"] ?? 0) < before + foreign)
    await new Promise((resolve) => setImmediate(resolve))
  const rate = (foreign * 1000) / (performance.now() - started)
  await stranger.close()
  return rate
}

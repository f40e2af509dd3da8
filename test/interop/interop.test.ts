import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startHub } from "@colloquy/hub"
import { Client, type ClientEvent, passphrase, PrivateV1, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hex } from "./bytes.js"
import { HubListener } from "./hub.js"
import { Identity } from "./identity.js"
import { inboxHint } from "./inbox.js"
import { makeIntroduction, type OwnIntroduction, readIntroduction } from "./introduction.js"
import { type Heard, type Said, Talk } from "./talk.js"

/**
 * CT-12: the files beside this one are a client that was written from the documents alone, with other cryptography and no line of ours.
 * What it says, ours must understand, and the other way round.
 */
let directory: string
let running: Awaited<ReturnType<typeof startHub>>
let raya: Client
const events: ClientEvent[] = []

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "colloquy-interop-"))
  running = await startHub({ port: 0, dataDir: join(directory, "hub") })
  raya = await Client.open({
    storage: sqlite(join(directory, "raya.db")),
    unlock: passphrase("a passphrase"),
    delivery: hub(running.url),
  })
  void (async () => {
    for await (const event of raya.events({ consumer: "interop" })) {
      events.push(event)
      wakeAll()
    }
  })().catch(() => undefined)
})

afterAll(async () => {
  await raya.close()
  await running.close()
  rmSync(directory, { recursive: true, force: true })
})

const only = ({ payloads }: Said) => payloads[0] as NonNullable<Said["payloads"][number]>

const waiting = new Set<() => void>()
function wakeAll(): void {
  for (const wake of waiting) wake()
}

/** Waits for something to happen; the test's own time limit ends it. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        waiting.delete(wake)
        resolve()
      }
      waiting.add(wake)
    })
  }
}

const arrived = (words: string): Promise<ClientEvent> =>
  until(() =>
    events.find(
      (event) => event.type === "message" && text.is(event.message.content) && event.message.content.text === words,
    ),
  )

const acknowledged = (id: string): Promise<ClientEvent> =>
  until(() => events.find((event) => event.type === "state" && event.message === id && event.state === "acknowledged"))

/** The other program: Saro, who hears everything on his topic. */
class Saro {
  readonly identity = new Identity()
  readonly heard: Heard[] = []
  talk: Talk | undefined
  own: OwnIntroduction | undefined
  #connection: HubListener | undefined

  async connect(): Promise<HubListener> {
    this.#connection = await HubListener.open(running.url, this.identity.topic, (sealed) => {
      if (this.own !== undefined && hex(sealed.hint) === hex(inboxHint(this.own.digest))) {
        const { talk, first } = Talk.accept(this.identity, this.own, sealed.payload)
        this.talk = talk
        if (first !== undefined) this.heard.push(first)
      } else {
        const heard = this.talk?.hear(sealed)
        if (heard !== undefined) this.heard.push(heard)
      }
      wakeAll()
    })
    return this.#connection
  }

  hears(words: string): Promise<Heard> {
    return until(() => this.heard.find((heard) => heard.text === words))
  }
}

describe("CT-12: a client written from the documents alone", () => {
  it("starts a conversation with ours, is answered in turn, acknowledges and is acknowledged", async () => {
    const saro = new Saro()
    const connection = await saro.connect()
    const { talk, invite, id } = Talk.start(saro.identity, readIntroduction(await raya.introduce()), "hello")
    saro.talk = talk
    expect(await connection.publish(talk.peerTopic, invite)).toBe(1)
    expect(await connection.publish(talk.peerTopic, only(talk.say("before you answered")))).toBe(1)
    const begun = await arrived("hello")
    await arrived("before you answered")
    expect(begun).toMatchObject({ conversation: talk.id, message: { id, sender: hex(saro.identity.key) } })

    const [request] = (await raya.requests.list()).items
    expect(request).toMatchObject({ id: talk.id })
    await raya.requests.allow(talk.id as never)
    const conversation = await raya.conversations.get(talk.id as never)
    expect(conversation?.as(PrivateV1)).toBeDefined()
    for (const turn of [1, 2, 3]) {
      const sent = await conversation?.send(text(`answer ${turn}`))
      const heard = await saro.hears(`answer ${turn}`)
      expect(heard.id).toBe(sent?.id)
      await connection.publish(talk.peerTopic, only(talk.say(`turn ${turn}`)))
      await arrived(`turn ${turn}`)
    }
    const last = await conversation?.send(text("the last"))
    await saro.hears("the last")
    await connection.publish(talk.peerTopic, talk.acknowledge())
    await acknowledged(last?.id as string)
    connection.close()
  })

  it("opens what ours sends while it says nothing, in any order, and loses nothing that ours has to repair", async () => {
    const saro = new Saro()
    const connection = await saro.connect()
    const { talk, invite } = Talk.start(saro.identity, readIntroduction(await raya.introduce()), "once more")
    saro.talk = talk
    await connection.publish(talk.peerTopic, invite)
    await arrived("once more")
    await raya.requests.allow(talk.id as never)
    const sayings = Array.from({ length: 12 }, (_, index) => talk.say(`out of order ${index}`))
    const late = sayings.shift()
    for (const saying of sayings.reverse()) await connection.publish(talk.peerTopic, only(saying))
    for (let index = 1; index < 12; index++) await arrived(`out of order ${index}`)
    // What is missing shows in the ranges that ours acknowledges.
    await until(() => saro.heard.find(({ acknowledged: ranges }) => ranges.some(([first]) => first === 2)))
    if (late !== undefined) await connection.publish(talk.peerTopic, only(late))
    await arrived("out of order 0")
    await until(() =>
      saro.heard.find(({ acknowledged: ranges }) => ranges.some(([first, last]) => first === 0 && last === 12)),
    )
    connection.close()
  })

  it("is invited by ours", async () => {
    const saro = new Saro()
    saro.own = makeIntroduction(saro.identity)
    const connection = await saro.connect()
    const conversation = await raya.conversations.start(saro.own.text, { content: text("you introduced yourself") })
    const first = await saro.hears("you introduced yourself")
    expect(saro.talk?.id).toBe(conversation.id)
    expect(first.id).toBe(conversation.first?.id)
    const talk = saro.talk as Talk
    const said = talk.say("so I did")
    await connection.publish(talk.peerTopic, only(said))
    expect(await arrived("so I did")).toMatchObject({ message: { id: said.id } })
    await conversation.send(text("good"))
    await saro.hears("good")
    connection.close()
  })
})

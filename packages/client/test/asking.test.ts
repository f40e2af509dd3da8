import type { AnyConversationType, BeginEffect, ConversationId, InviteInput } from "@colloquy/core"
import { fromUtf8, utf8 } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import type { Conversation } from "../src/index.js"
import { decodeIntroductionBytes } from "../src/introduction/introduction.js"
import { crashingStorage } from "./support/crashing-storage.js"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { type TalkHooks, type TalkOutcome, unsafeTalk } from "./support/unsafe-talk.js"
import { conversation, crypto, eventsOf, type Person, settle, text, textsOf, World } from "./support/world.js"

type TalkEffect = Extract<TalkOutcome, { kind: "next" }>["effects"][number]
const dayMs = 24 * 60 * 60 * 1000

/** A type that asks for what a test wants it to ask for, by a note of its owner's, and remembers what it was given. */
class Asking {
  readonly introductions: Uint8Array[] = []
  readonly read: unknown[] = []
  readonly invites: InviteInput[] = []
  readonly type: AnyConversationType
  /** What the next command asks for. */
  asks: readonly TalkEffect[] = []
  /** The conversation that every invite concerns. */
  concerns: ConversationId | undefined
  fail: string | undefined

  constructor() {
    const next = (effects: readonly TalkEffect[]): TalkOutcome => ({ kind: "next", patch: {}, effects })
    const hooks: TalkHooks = {
      step: (input, honest, context) => {
        switch (input.kind) {
          case "command":
            return next(this.asks)
          case "introduction":
            this.introductions.push(input.introduction.slice())
            this.read.push(context.readIntroduction(input.introduction))
            return next([])
          case "invite":
            this.invites.push({ ...input, invite: input.invite.slice() })
            return this.fail === undefined ? next([]) : { kind: "refused", code: this.fail }
          default:
            return honest()
        }
      },
    }
    const talk = unsafeTalk({ hooks })
    this.type = {
      ...talk,
      resident: {
        state: {},
        machine: {
          carries: false,
          start: (context) => ({
            kind: "next",
            conversation: context.conversationId({ from: "secret", secret: context.random(32) }),
            patch: {},
            effects: [],
          }),
          step: (_, input) => {
            if (input.kind === "offer")
              return { kind: "next", patch: {}, effects: [{ kind: "offered", offer: utf8("talk to me") }] }
            if (input.kind !== "parcel" || input.parcel.kind !== "invite")
              return { kind: "refused", code: "NOT_SUPPORTED" }
            const begin: BeginEffect = { kind: "begin", from: input.from, invite: input.parcel.body }
            const effect = this.concerns === undefined ? begin : { ...begin, conversation: this.concerns }
            return { kind: "next", patch: {}, effects: [effect], wipe: [input.parcel.body] }
          },
          routes: () => [],
        },
      },
    } as AnyConversationType
  }

  ask(talk: Conversation, ...effects: readonly TalkEffect[]): Promise<void> {
    this.asks = effects
    const typed = talk.as(this.type as ReturnType<typeof unsafeTalk>)
    if (typed === undefined) throw new Error("of another type")
    return typed.command("note", { text: "" })
  }
}

async function conversing() {
  const world = new World()
  const asking = { saro: new Asking(), raya: new Asking() }
  const open = (name: "saro" | "raya"): Promise<Person> =>
    world.person(name, { types: [asking[name].type, UnsafeCarrierV1] })
  const [saro, raya] = [await open("saro"), await open("raya")]
  return { world, asking, saro, raya, talk: await world.converse(saro, raya) }
}

describe("a machine that asks for an introduction", () => {
  it("gets exactly one, signed by this account, good as long as it asked for, and can read its own offer in it", async () => {
    const { world, asking, saro, talk } = await conversing()
    const expiresAtMs = world.clock.nowMs() + 30 * dayMs
    await asking.saro.ask(talk.saro, { kind: "introduce", expiresAtMs })
    await settle()
    expect(asking.saro.introductions).toHaveLength(1)
    const decoded = decodeIntroductionBytes(asking.saro.introductions[0] as Uint8Array, crypto, world.clock.nowMs())
    expect(decoded).toMatchObject({
      kind: "introduction",
      introduction: { participant: saro.client.participant, expiresAtMs, uses: 1 },
    })
    expect(asking.saro.read).toMatchObject([{ participant: saro.client.participant, expiresAtMs }])
    expect(await saro.records("input", "later")).toEqual([])
    await world.close()
  })

  it("gets it after a crash at any commit in between, once", async () => {
    let interrupted = 0
    for (let commit = 1; commit <= 8; commit++)
      for (const moment of ["before", "after"] as const) {
        const { world, asking, saro, talk } = await conversing()
        await saro.client.close()
        const storage = crashingStorage(saro.store, commit, moment)
        await saro.open({ storage }).catch(() => undefined)
        await settle()
        const expiresAtMs = world.clock.nowMs() + dayMs
        const asked = await conversation(saro, talk.saro.id)
          .then(
            (conversed) => asking.saro.ask(conversed, { kind: "introduce", expiresAtMs }).then(() => true),
            () => false,
          )
          .catch(() => false)
        await settle()
        const crashed = storage.crashed()
        if (crashed) {
          await saro.open({ storage: saro.store })
          await settle()
        }
        // A crash before the answer's commit has the machine answered again, from its state before.
        if (asked) expect(asking.saro.introductions.length, `${moment} ${commit}`).toBeGreaterThan(0)
        expect(asking.saro.introductions.length, `${moment} ${commit}`).toBeLessThan(3)
        expect(await saro.records("input")).toEqual([])
        if (crashed) interrupted++
        await world.close()
      }
    expect(interrupted).toBeGreaterThan(6)
  })

  it("gets one that is good for 90 days where the clock was set back since it asked for that", async () => {
    const { world, asking, talk } = await conversing()
    const nowMs = world.clock.nowMs()
    await asking.saro.ask(talk.saro, { kind: "introduce", expiresAtMs: nowMs + 90 * dayMs + 15_000 })
    await settle()
    expect(asking.saro.read).toMatchObject([{ expiresAtMs: nowMs + 90 * dayMs }])
    await world.close()
  })

  it("is told nothing when none can be made, and goes on", async () => {
    const { world, asking, raya, talk } = await conversing()
    await asking.saro.ask(talk.saro, { kind: "introduce", expiresAtMs: world.clock.nowMs() - 1 }).catch(() => undefined)
    await settle()
    await talk.saro.send(text("still here"))
    await settle()
    expect(await textsOf(raya, talk.saro.id)).toContain("< still here")
    await world.close()
  })
})

/** What a friend could have given to the machine inside the conversation: the binary form of an introduction of his. */
async function introductionOf(asking: Asking, talk: Conversation, world: World): Promise<Uint8Array> {
  await asking.ask(talk, { kind: "introduce", expiresAtMs: world.clock.nowMs() + dayMs })
  await settle()
  return asking.introductions.at(-1) as Uint8Array
}

describe("a parcel that is carried under an introduction", () => {
  it("reaches its owner, and the conversation that the invite concerns gets it as an input", async () => {
    const { world, asking, saro, raya, talk } = await conversing()
    const introduction = await introductionOf(asking.raya, talk.raya, world)
    asking.raya.concerns = talk.raya.id
    const body = utf8("once more, from the beginning")
    const parcel = { type: talk.saro.type, kind: "invite" as const, body }
    await asking.saro.ask(talk.saro, { kind: "carry", to: raya.client.participant, parcel, introduction })
    await settle()
    expect(asking.raya.invites.map(({ kind, from, invite }) => [kind, from, fromUtf8(invite)])).toEqual([
      ["invite", saro.client.participant, "once more, from the beginning"],
    ])
    expect((await raya.client.conversations.list()).items).toHaveLength(1)
    expect(await raya.records("input", "later")).toEqual([])
    await world.close()
  })

  it("goes nowhere when the introduction is another's, no longer good, or none, and the application is told", async () => {
    const { world, asking, saro, raya, talk } = await conversing()
    const own = await introductionOf(asking.saro, talk.saro, world)
    const old = await introductionOf(asking.raya, talk.raya, world)
    const parcel = { type: talk.saro.type, kind: "invite" as const, body: utf8("lost") }
    const to = raya.client.participant
    const before = world.delivery.log().length
    await asking.saro.ask(talk.saro, { kind: "carry", to, parcel, introduction: own })
    await asking.saro.ask(talk.saro, { kind: "carry", to, parcel, introduction: old.slice(0, -1) })
    await world.clock.advance(2 * dayMs)
    await asking.saro.ask(talk.saro, { kind: "carry", to, parcel, introduction: old })
    await settle()
    const undelivered = (await eventsOf(saro)).filter(({ type }) => type === "undelivered")
    expect(undelivered).toHaveLength(3)
    expect(undelivered[0]).toMatchObject({ to, code: "NO_CARRIER" })
    expect(world.delivery.log()).toHaveLength(before)
    await world.close()
  })
})

describe("an invite that concerns a conversation", () => {
  it("is durable: a crash has it come again, until its outcome is committed", async () => {
    for (const commit of [1, 2, 3, 4]) {
      const { world, asking, raya, talk } = await conversing()
      const introduction = await introductionOf(asking.raya, talk.raya, world)
      asking.raya.concerns = talk.raya.id
      await raya.client.close()
      const storage = crashingStorage(raya.store, commit, "before")
      await raya.open({ storage }).catch(() => undefined)
      await settle()
      const parcel = { type: talk.saro.type, kind: "invite" as const, body: utf8("again") }
      await asking.saro.ask(talk.saro, { kind: "carry", to: raya.client.participant, parcel, introduction })
      await settle()
      expect(storage.crashed()).toBe(true)
      await raya.open({ storage: raya.store })
      await settle()
      await world.clock.advance(3000)
      expect(asking.raya.invites.length, `commit ${commit}`).toBeGreaterThan(0)
      expect(await raya.records("input")).toEqual([])
      await world.close()
    }
  })

  it("that the account does not have is begun under that id, or not at all", async () => {
    const { world, asking, saro, raya, talk } = await conversing()
    const introduction = await introductionOf(asking.raya, talk.raya, world)
    const foreign = talk.raya.id.replace(/[0-9a-z]{4}$/, "0000") as ConversationId
    asking.raya.concerns = foreign
    const parcel = {
      type: talk.saro.type,
      kind: "invite" as const,
      body: utf8(JSON.stringify({ seed: "00".repeat(32), topic: "/unsafe/1/x/json" })),
    }
    await asking.saro.ask(talk.saro, { kind: "carry", to: raya.client.participant, parcel, introduction })
    await settle()
    expect(asking.raya.invites).toEqual([])
    expect(raya.client.counters()["ID_MISMATCH"]).toBe(1)
    expect((await raya.client.conversations.list()).items).toHaveLength(1)
    expect(saro.client.participant).not.toBe(raya.client.participant)
    await world.close()
  })

  it("that the conversation refuses changes nothing", async () => {
    const { world, asking, raya, talk } = await conversing()
    const introduction = await introductionOf(asking.raya, talk.raya, world)
    asking.raya.concerns = talk.raya.id
    asking.raya.fail = "NOT_THE_PEER"
    const states = await raya.records("cell", "row")
    const parcel = { type: talk.saro.type, kind: "invite" as const, body: utf8("no") }
    await asking.saro.ask(talk.saro, { kind: "carry", to: raya.client.participant, parcel, introduction })
    await settle()
    expect(raya.client.counters()["NOT_THE_PEER"]).toBe(1)
    expect((await raya.records("cell", "row")).filter((record) => states.includes(record)).length).toBeGreaterThan(0)
    expect(await raya.records("input")).toEqual([])
    await world.close()
  })
})

import { ColloquyError, inboxTopics, type MessageId, type Topic } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { hintOf, type TalkHooks, type TalkOutcome, unsafeTalk } from "./support/unsafe-talk.js"
import { conversation, crypto, settle, text, textsOf, utf8, World } from "./support/world.js"

/** What a broken type answers, and the code that is counted for it. */
const faults: Record<string, { readonly answer: (honest: TalkOutcome) => unknown; readonly code?: string }> = {
  "throws": {
    answer: () => {
      throw new TypeError("cannot read properties of undefined")
    },
  },
  "throws an error with a code": {
    answer: () => {
      throw new ColloquyError("BAD_LENGTH", "a key has 32 bytes")
    },
    code: "BAD_LENGTH",
  },
  "rejects": { answer: () => Promise.reject(new TypeError("later")) },
  "rejects with nothing": { answer: () => Promise.reject(undefined) },
  "answers with nothing": { answer: () => undefined },
  "answers with null": { answer: () => Promise.resolve(null) },
  "answers with an unknown kind": { answer: () => ({ kind: "perhaps" }) },
  "has no patch": { answer: () => ({ kind: "next", effects: [] }) },
  "has no effects": { answer: () => ({ kind: "next", patch: {} }) },
  "has effects that are no list": { answer: () => ({ kind: "next", patch: {}, effects: { kind: "publish" } }) },
  "patches a piece that it does not declare": {
    answer: () => ({ kind: "next", patch: { nowhere: 1 }, effects: [] }),
    code: "PIECE_UNDECLARED",
  },
  "patches a piece that every object has": {
    answer: () => ({ kind: "next", patch: { constructor: 1 }, effects: [] }),
    code: "PIECE_UNDECLARED",
  },
  "patches a table with something else": { answer: () => ({ kind: "next", patch: { notes: 5 }, effects: [] }) },
  "patches a value that its codec cannot write": { answer: () => ({ kind: "next", patch: { core: 5n }, effects: [] }) },
  "patches a row that its codec cannot write": {
    answer: () => ({ kind: "next", patch: { notes: new Map([["a", 5n]]) }, effects: [] }),
  },
  "patches what its view cannot show": { answer: () => ({ kind: "next", patch: { core: {} }, effects: [] }) },
  "overfills a table": {
    answer: () => ({
      kind: "next",
      patch: { notes: new Map(Array.from({ length: 5 }, (_, row) => [String(row), "x"])) },
      effects: [],
    }),
    code: "TABLE_FULL",
  },
  "patches more than a store takes": {
    answer: () => ({ kind: "next", patch: { notes: new Map([["a", "x".repeat(33 * 1024 * 1024)]]) }, effects: [] }),
    code: "STORE_BAD_RECORD",
  },
  "publishes where it may not": {
    answer: () => effect({ kind: "publish", topic: "/other/1/place/raw" as Topic, payload: utf8("x") }),
    code: "TOPIC_UNDECLARED",
  },
  "publishes nothing": {
    answer: () => effect({ kind: "publish", topic: someInbox(), payload: utf8("") }),
    code: "ENVELOPE_EMPTY",
  },
  "publishes too much": {
    answer: () => effect({ kind: "publish", topic: someInbox(), payload: new Uint8Array(200_000) }),
    code: "PAYLOAD_TOO_LARGE",
  },
  "publishes under half a hint": {
    answer: () => effect({ kind: "publish", topic: someInbox(), hint: utf8("half"), payload: utf8("x") }),
    code: "BAD_HINT",
  },
  "publishes with a time that is none": {
    answer: () => effect({ kind: "publish", topic: someInbox(), payload: utf8("x"), expiresAtMs: "soon" }),
    code: "EFFECT_MALFORMED",
  },
  "listens where it may not": {
    answer: () => effect({ kind: "listen", add: [{ topic: "/other/1/place/raw" as Topic }], drop: [] }),
    code: "TOPIC_UNDECLARED",
  },
  "listens to nonsense": { answer: () => effect({ kind: "listen", add: 5, drop: [] }) },
  "delivers a message without an id": { answer: () => effect(deliver({ message: "no id" })), code: "BAD_MESSAGE_ID" },
  "delivers a message at no place": {
    answer: () => effect(deliver({ lamport: Number.NaN })),
    code: "EFFECT_MALFORMED",
  },
  "delivers a message at no time": { answer: () => effect(deliver({ sentAtMs: -1 })), code: "EFFECT_MALFORMED" },
  "delivers content that is not bytes": { answer: () => effect(deliver({ content: "text" })) },
  "names a message that nobody sends": {
    answer: () => effect({ kind: "sent", message: "00".repeat(16), lamport: 1, sentAtMs: 1 }),
    code: "EFFECT_MISPLACED",
  },
  "says a notice that it does not declare": {
    answer: () => effect({ kind: "notice", name: "shouted", body: {} }),
    code: "NOTICE_UNDECLARED",
  },
  "says a notice that every object has": {
    answer: () => effect({ kind: "notice", name: "toString", body: {} }),
    code: "NOTICE_UNDECLARED",
  },
  "says a notice that its codec cannot write": { answer: () => effect({ kind: "notice", name: "noted", body: 5n }) },
  "has an unknown effect": { answer: () => effect({ kind: "explode" }), code: "EFFECT_MISPLACED" },
  "acts as a resident": {
    answer: () => effect({ kind: "begin", from: "ab".repeat(32), invite: utf8("{}") }),
    code: "EFFECT_MISPLACED",
  },
  "offers without being asked": {
    answer: () => effect({ kind: "offered", offer: utf8("x") }),
    code: "EFFECT_MISPLACED",
  },
  "wants to be woken at no time": { answer: () => ({ kind: "next", patch: {}, effects: [], wakeAtMs: Number.NaN }) },
  "wants to be woken never": {
    answer: () => ({ kind: "next", patch: {}, effects: [], wakeAtMs: Number.POSITIVE_INFINITY }),
  },
  "wipes what is no buffer": { answer: () => ({ kind: "next", patch: {}, effects: [], wipe: ["secret"] }) },
  "asks for a carrier of nothing": {
    answer: () => effect({ kind: "carry", to: "ab".repeat(32) }),
    code: "EFFECT_MALFORMED",
  },
  "hands over nothing": { answer: () => effect({ kind: "handover", from: "ab".repeat(32) }), code: "EFFECT_MALFORMED" },
  "judges a message of no id": {
    answer: () => effect({ kind: "fate", message: "no id", fate: "acknowledged" }),
    code: "BAD_MESSAGE_ID",
  },
  "judges a message to be on the moon": {
    answer: () => effect({ kind: "fate", message: "00".repeat(16), fate: "moon" }),
    code: "EFFECT_MALFORMED",
  },
}

function effect(one: Record<string, unknown>) {
  return { kind: "next", patch: {}, effects: [one] }
}

function deliver(fields: Record<string, unknown>) {
  const message = "00".repeat(16) as MessageId
  return { kind: "deliver", message, from: "ab".repeat(32), lamport: 1, sentAtMs: 1, content: utf8("x"), ...fields }
}

function someInbox(): Topic {
  return inboxTopics.of("ab".repeat(32) as Parameters<typeof inboxTopics.of>[0], crypto)
}

const stateTables = [
  "cell",
  "row",
  "instance",
  "hint",
  "journal",
  "claim",
  "message",
  "log",
  "event",
  "outbox",
  "input",
] as const

/** Saro and Raya talk; whatever begins with `fault` makes Raya's type answer as the test says. */
async function conversing(answer: (honest: TalkOutcome) => unknown) {
  const world = new World()
  const hooks: TalkHooks = {
    step: (input, honest) => {
      const isFault = input.kind === "receive" && Buffer.from(input.payload).toString().startsWith("fault")
      return isFault ? answer(honest()) : honest()
    },
  }
  const saro = await world.person("saro")
  const raya = await world.person("raya", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
  const talk = await world.converse(saro, raya)
  const hint = hintOf(world.talkSeed(), true, 1, { crypto })
  const topic = inboxTopics.of(raya.client.participant, crypto)
  return { world, saro, raya, talk, provoke: () => world.publish(topic, { hint, payload: utf8("fault") }) }
}

describe("a type that", () => {
  for (const [name, { answer, code = "TYPE_FAULT" }] of Object.entries(faults))
    it(`${name} is contained: its state is as it was, and the next good message goes through (invariant 5)`, async () => {
      const { world, raya, talk, provoke } = await conversing(answer)
      const before = await raya.records(...stateTables)
      await provoke()
      expect(raya.client.counters()).toMatchObject({ [code]: 1 })
      expect(await raya.records(...stateTables)).toEqual(before)
      await talk.saro.send(text("still there?"))
      await settle()
      expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< still there?"])
      await raya.reopen()
      await talk.saro.send(text("and now?"))
      await settle()
      expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< still there?", "< and now?"])
      await world.close()
    })

  it("fails among others is contained, and what came with it is done", async () => {
    const { world, raya, talk, provoke } = await conversing(() => ({ kind: "next", patch: { core: 5n }, effects: [] }))
    await raya.client.close()
    await provoke()
    await talk.saro.send(text("one"))
    await provoke()
    await talk.saro.send(text("two"))
    await settle()
    await raya.open()
    await settle()
    expect(await textsOf(raya, talk.raya.id)).toEqual(["< hello", "< one", "< two"])
    await world.close()
  })

  it("fails at a send or a command says so to whoever asked", async () => {
    const world = new World()
    const hooks: TalkHooks = {
      step: (input, honest) => {
        if (input.kind === "send" || input.kind === "command") throw new TypeError("no")
        return honest()
      },
    }
    const type = unsafeTalk({ hooks })
    const saro = await world.person("saro", { types: [type, UnsafeCarrierV1] })
    const talk = await world.converse(saro, await world.person("raya"))
    await expect(talk.saro.send(text("x"))).rejects.toMatchObject({ code: "TYPE_FAULT" })
    await expect(talk.saro.as(type)?.command("note", { text: "x" })).rejects.toMatchObject({ code: "TYPE_FAULT" })
    await expect(talk.saro.as(type)?.command("constructor" as never, {} as never)).rejects.toMatchObject({
      code: "COMMAND_UNKNOWN",
    })
    await world.close()
  })

  const starts: Record<string, { start: NonNullable<TalkHooks["start"]>; code?: string }> = {
    "throws": {
      start: () => {
        throw new TypeError("no")
      },
    },
    "rejects": { start: () => Promise.reject(new TypeError("no")) },
    "answers with nothing": { start: () => undefined },
    "makes an id of another type": {
      start: (_, honest) => ({ ...honest(), conversation: `/unsafe-other/1/${"0".repeat(32)}` }),
      code: "ID_FOREIGN",
    },
    "makes an id that is none": { start: (_, honest) => ({ ...honest(), conversation: 5 }), code: "ID_FOREIGN" },
    "has no state": { start: (_, honest) => ({ ...honest(), patch: {} }) },
    "refuses": { start: () => ({ kind: "refused", code: "NOT_TODAY" }), code: "NOT_TODAY" },
  }
  for (const [name, { start, code = "TYPE_FAULT" }] of Object.entries(starts)) {
    it(`${name} at the start of a conversation fails the start, and the introduction can be used again`, async () => {
      const world = new World()
      let broken = true
      const hooks: TalkHooks = { start: (...args) => (broken ? start(...args) : args[1]()) }
      const saro = await world.person("saro", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
      const raya = await world.person("raya")
      const introduction = await raya.client.introduce()
      await expect(saro.client.conversations.start(introduction)).rejects.toMatchObject({ code })
      expect((await saro.client.conversations.list()).items).toEqual([])
      broken = false
      await saro.client.conversations.start(introduction)
      await settle()
      expect((await raya.client.requests.list()).items).toHaveLength(1)
      await world.close()
    })

    it(`${name} when it accepts an invitation is contained`, async () => {
      const world = new World()
      let broken = true
      const hooks: TalkHooks = { start: (...args) => (broken ? start(...args) : args[1]()) }
      const saro = await world.person("saro")
      const raya = await world.person("raya", { types: [unsafeTalk({ hooks }), UnsafeCarrierV1] })
      await saro.client.conversations.start(await raya.client.introduce())
      await settle()
      expect((await raya.client.requests.list()).items).toEqual([])
      expect(raya.client.counters()).toMatchObject({ [code]: 1 })
      broken = false
      await saro.client.conversations.start(await raya.client.introduce())
      await settle()
      expect((await raya.client.requests.list()).items).toHaveLength(1)
      await world.close()
    })
  }

  it("reads its notices with a codec that throws loses that notice, and no other event", async () => {
    const world = new World()
    let broken = false
    const decode = (): never => {
      if (broken) throw new TypeError("no")
      return { text: "read" } as never
    }
    const noted = { version: 1, encode: () => utf8("x"), decode }
    const saro = await world.person("saro")
    const raya = await world.person("raya", { types: [unsafeTalk({ hooks: { notices: { noted } } }), UnsafeCarrierV1] })
    const talk = await world.converse(saro, raya)
    await talk.saro.as(unsafeTalk())?.command("note", { text: "x" })
    await talk.saro.send(text("after"))
    await settle()
    const kinds = async () => {
      const seen: string[] = []
      const stop = new AbortController()
      const reading = (async () => {
        for await (const { type } of raya.client.events({ signal: stop.signal })) seen.push(type)
      })()
      await settle()
      stop.abort()
      await reading
      return seen
    }
    const all = await kinds()
    expect(all).toContain("notice")
    broken = true
    expect(await kinds()).toEqual(all.filter((kind) => kind !== "notice"))
    await world.close()
  })

  it("has state that its codec no longer reads holds up no other conversation", async () => {
    const world = new World()
    const saro = await world.person("saro")
    let broken = false
    const raya = await world.person("raya")
    const first = await world.converse(saro, raya)
    const second = await world.converse(saro, raya)
    await raya.client.close()
    const lame = unsafeTalk()
    const core = (lame.conversation?.state as { core: { codec: { decode: (bytes: Uint8Array) => { seed: string } } } })
      .core
    const decode = core.codec.decode
    core.codec.decode = (bytes) => {
      const read = decode(bytes)
      if (broken && first.saro.id.endsWith(idOf(read.seed))) throw new TypeError("damaged")
      return read
    }
    const idOf = (seed: string): string =>
      lame.declaration.conversationIds
        .make(lame.name, { from: "secret", secret: Buffer.from(seed, "hex") }, crypto)
        .slice(-32)
    broken = true
    await raya.open({ types: [lame, UnsafeCarrierV1] })
    await first.saro.send(text("lost"))
    await second.saro.send(text("found"))
    await settle()
    expect(await textsOf(raya, second.saro.id)).toEqual(["< hello", "< found"])
    await expect((await conversation(raya, first.saro.id)).send(text("x"))).rejects.toMatchObject({
      code: "STORE_DAMAGED",
    })
    core.codec.decode = decode
    await world.close()
  })
})

import { type ConversationId, type Crypto, type Hint, type Participant, type Topic, utf8 } from "@colloquy/core"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { type Laboratory, openLaboratory, type Reaction, type Subject, type WirePayload } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { channelFrames, decodeFrame, encodeFrame, postsPerEpochMax } from "../src/channel/frames.js"
import { ChannelV1 } from "../src/index.js"
import { channelState, type Followed } from "../src/channel/state.js"
import { chainByHand, openByHand, sealByHand } from "./channel-by-hand.js"

const crypto: Crypto = await loadCrypto()
const random = systemRandom()
const dayMs = 24 * 3_600_000

async function channelOf(readers: number, seed = 1) {
  const laboratory = await openLaboratory({ types: [ChannelV1, InboxV1], seed, record: false })
  const saro = await laboratory.person("saro")
  const people: Subject[] = []
  for (let i = 0; i < readers; i++) people.push(await laboratory.person(`reader ${i}`))
  const introductions: Uint8Array[] = []
  for (const person of people) introductions.push(await person.introduce())
  const channel = await saro.start(ChannelV1.id, introductions)
  await laboratory.settle()
  for (const person of people) await person.allow(channel)
  await laboratory.settle()
  return { laboratory, saro, readers: people as [Subject, ...Subject[]], channel }
}

/** What the author says, on its way. */
async function say(
  laboratory: Laboratory,
  saro: Subject,
  channel: ConversationId,
  words: string,
): Promise<WirePayload> {
  await saro.send(channel, utf8(words))
  return laboratory.hold().at(-1) as WirePayload
}

function words({ delivered }: Subject): string[] {
  return delivered.map(({ content }) => new TextDecoder().decode(content))
}

function outcomes(reactions: readonly Reaction[]): string[] {
  return reactions.map(({ outcome }) => (outcome.kind === "next" ? "next" : outcome.code))
}

function effects(reactions: readonly Reaction[], kind: string): unknown[] {
  return reactions.flatMap(({ outcome }) =>
    outcome.kind === "next" ? outcome.effects.filter((one) => one.kind === kind) : [],
  )
}

/** What a reader keeps of the epochs that he follows. */
function followedBy(reader: Subject, channel: ConversationId): Followed[] {
  const pieces = reader.instance(channel)?.pieces() ?? new Map<string, Uint8Array>()
  return [...pieces].flatMap(([name, bytes]) =>
    name.startsWith("followed/") ? [channelState.followed.codec.decode(bytes, 1)] : [],
  )
}

function stateOf(subject: Subject, channel: ConversationId): string {
  const pieces = subject.instance(channel)?.pieces() ?? new Map<string, Uint8Array>()
  return [...pieces]
    .map(([name, bytes]) => `${name} ${bytes.join()}`)
    .sort()
    .join("\n")
}

describe("hostile posts", () => {
  it("CH1-13: flipped, cut, lengthened, moved or hinted posts are refused and change nothing; the true one opens afterwards", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const sent = await say(laboratory, saro, channel, "true")
    const before = stateOf(raya, channel)
    const refused = async (input: { topic?: Topic; hint?: Hint; payload?: Uint8Array }): Promise<void> => {
      const { outcome } = await raya.step(channel, {
        kind: "receive",
        topic: sent.topic,
        payload: sent.payload,
        ...input,
      })
      expect(outcome.kind).toBe("refused")
      expect(stateOf(raya, channel)).toBe(before)
    }
    for (let at = 0; at < sent.payload.length; at++) {
      const flipped = sent.payload.slice()
      flipped[at] = (flipped[at] as number) ^ (1 << (at % 8))
      await refused({ payload: flipped })
      await refused({ payload: sent.payload.slice(0, at) })
    }
    await refused({ payload: new Uint8Array([...sent.payload, 0]) })
    await refused({ payload: random(1024) })
    await refused({ topic: raya.inboxTopic })
    await refused({ topic: sent.topic.replace(/.(?=\/raw)/, (digit) => (digit === "0" ? "1" : "0")) as Topic })
    await refused({ hint: random(16) as Hint })
    expect(outcomes(await raya.receive(sent))).toEqual(["next"])
    expect(outcomes(await raya.receive(sent))).toEqual(["PAYLOAD_DUPLICATE"])
    expect(words(raya)).toEqual(["true"])
    expect(laboratory.faults).toEqual([])
  })

  it("CH1-8: a reader who has every key cannot post, nor change what the author posted", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(2)
    const [raya, pax] = readers as [Subject, Subject]
    await saro.send(channel, utf8("one"))
    await laboratory.settle()
    const [followed] = followedBy(pax, channel) as [Followed]
    const keys = { ...followed, conversation: channel, chain: followed.chain }
    const frame = encodeFrame({ kind: "post", sentAtMs: 0, content: utf8("forged") })
    const forge = (signingSeed: Uint8Array, number = followed.next): Uint8Array =>
      sealByHand(crypto, keys, { number, nonce: random(24), signingSeed, frame, length: 256 })
    // The test's own sealing is right: with the author's key it would be taken.
    const current = channelState.current.codec.decode(saro.instance(channel)?.pieces().get("current") as Uint8Array, 1)
    const genuine = forge(current?.signingSeed as Uint8Array)
    const twin = laboratory.fork().subjects.find(({ name }) => name === raya.name) as Subject
    expect(outcomes(await twin.receive({ topic: followed.topic, payload: genuine }))).toEqual(["next"])
    for (const seed of [random(32), pax.steal().identitySeed])
      expect(outcomes(await raya.receive({ topic: followed.topic, payload: forge(seed) }))).toEqual(["PAYLOAD_FORGED"])
    expect(outcomes(await raya.receive({ topic: followed.topic, payload: forge(random(32), 3000) }))).toEqual([
      "PAYLOAD_FORGED",
    ])
    // The author's signature of one post does not fit another number.
    const sent = await say(laboratory, saro, channel, "two")
    const opened = openByHand(crypto, keys, followed.verifyKey, sent.payload)
    expect(opened?.number).toBe(2)
    expect(outcomes(await raya.receive(sent))).toEqual(["next"])
    expect(words(raya)).toEqual(["one", "two"])
    for (const one of [pax, raya])
      expect((await one.send(channel, utf8("me"))).outcome).toMatchObject({ code: "NOT_AUTHOR" })
  })

  it("CH1-12: a removed reader with all that he ever had finds and opens nothing that comes later", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(3)
    const [raya, pax] = readers as [Subject, Subject]
    await saro.send(channel, utf8("for all"))
    await laboratory.settle()
    const loot = pax.steal()
    const spy = laboratory.thief("pax as he was", loot)
    await saro.command(channel, "remove", { readers: [pax.participant] })
    const rekeys = laboratory.wire.slice(-3)
    await laboratory.settle()
    const later: WirePayload[] = []
    for (const word of ["secret", "more"]) {
      await saro.send(channel, utf8(word))
      later.push(laboratory.wire.at(-1) as WirePayload)
      await laboratory.settle()
    }
    expect(words(raya)).toEqual(["for all", "secret", "more"])
    const [old] = followedBy(spy, channel) as [Followed]
    for (const payload of [...later, ...rekeys.filter(({ topic }) => topic !== pax.inboxTopic)]) {
      expect(payload.topic).not.toBe(old.topic)
      expect(outcomes(await spy.receive(payload))).toEqual([])
      expect(
        (await spy.step(channel, { kind: "receive", topic: old.topic, payload: payload.payload })).outcome.kind,
      ).toBe("refused")
    }
    // Every 32 bytes that he has, taken as a chain, as a key, or as a place, and moved on.
    const [current] = followedBy(raya, channel).filter(({ epoch }) => epoch === 2) as [Followed]
    const strings = [...loot.instances.values()].flatMap(({ pieces }) => [...pieces.values()])
    let tries = 0
    for (const bytes of [loot.identitySeed, ...strings])
      for (let at = 0; at + 32 <= bytes.length; at++)
        for (let steps = 0; steps < 3; steps++) {
          const chain = chainByHand(crypto, bytes.subarray(at, at + 32), steps)
          for (const { payload, topic } of later) {
            tries++
            const keys = { conversation: channel, epoch: 2, first: 2, chain, topic, maskKey: current.maskKey }
            expect(openByHand(crypto, keys, current.verifyKey, payload)).toBeUndefined()
          }
        }
    expect(tries).toBeGreaterThan(1000)
    expect(pax.instance(channel)?.pieces().get("lane")).toHaveLength(0)
    expect(followedBy(pax, channel)).toEqual([])
  })

  it("CH1-16: of names that overtake each other the one with the highest number counts", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const renames: WirePayload[] = []
    for (const name of ["Old", "New"]) {
      await saro.command(channel, "rename", { name })
      renames.push(laboratory.hold().at(-1) as WirePayload)
    }
    for (const payload of renames.reverse()) expect(outcomes(await raya.receive(payload))).toEqual(["next"])
    expect(raya.view(channel)?.name).toBe("New")
  })

  it("CH1-13: at most 256 keys are kept for one gap, 1,024 in all; the others are said to be lost for good", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const posts: WirePayload[] = []
    for (let i = 0; i < 301; i++) posts.push(await say(laboratory, saro, channel, `post ${i + 1}`))
    const reactions = await raya.receive(posts[300] as WirePayload)
    expect(effects(reactions, "notice")).toEqual([{ kind: "notice", name: "missed", body: { first: 1, last: 44 } }])
    expect(effects(reactions, "fate")).toHaveLength(256)
    expect(outcomes(await raya.receive(posts[43] as WirePayload))).toEqual(["PAYLOAD_DUPLICATE"])
    const late = await raya.receive(posts[44] as WirePayload)
    expect(outcomes(late)).toEqual(["next"])
    expect(effects(late, "fate")).toMatchObject([{ fate: "recovered" }])
    for (let gap = 0; gap < 5; gap++) {
      for (let i = 0; i < 256; i++) await say(laboratory, saro, channel, "x")
      await raya.receive(await say(laboratory, saro, channel, "end of a gap"))
    }
    const kept = [...(raya.instance(channel)?.pieces().keys() ?? [])].filter((name) => name.startsWith("skipped/"))
    expect(kept).toHaveLength(1024)
    await laboratory.pass(31 * dayMs)
    expect([...(raya.instance(channel)?.pieces().keys() ?? [])].filter((name) => name.startsWith("skipped/"))).toEqual(
      [],
    )
    expect(laboratory.faults).toEqual([])
  })

  it("CH1-12: an epoch that is full ends, so that nobody is further behind than 4,096 posts", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    for (let i = 0; i < postsPerEpochMax; i++) await say(laboratory, saro, channel, "x")
    const before = laboratory.wire.length
    await saro.send(channel, utf8("in the next epoch"))
    await laboratory.settle()
    expect(laboratory.wire.slice(before)).toHaveLength(3)
    expect(words(raya)).toEqual(["in the next epoch"])
    expect(effects(raya.reactions, "notice")).toContainEqual({
      kind: "notice",
      name: "missed",
      body: { first: 1, last: postsPerEpochMax - 256 },
    })
    // A number that no epoch has costs nothing.
    const [followed] = followedBy(raya, channel).filter(({ epoch }) => epoch === 2) as [Followed]
    const keys = { ...followed, conversation: channel }
    const far = { number: followed.first + postsPerEpochMax, nonce: random(24), signingSeed: random(32) }
    const payload = sealByHand(crypto, keys, { ...far, frame: new Uint8Array(1), length: 256 })
    expect(outcomes(await raya.receive({ topic: followed.topic, payload }))).toEqual(["PAYLOAD_FORGED"])
  })

  it("a frame of a later version is reported, and takes its number", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const [followed] = followedBy(raya, channel) as [Followed]
    const current = channelState.current.codec.decode(saro.instance(channel)?.pieces().get("current") as Uint8Array, 1)
    const signingSeed = current?.signingSeed as Uint8Array
    // Field 9 of the root: not declared.
    const frame = Uint8Array.of(0x4a, 0)
    const post = { number: 1, nonce: random(24), signingSeed, frame, length: 256 }
    const payload = sealByHand(crypto, { ...followed, conversation: channel }, post)
    const reactions = await raya.receive({ topic: followed.topic, payload })
    expect(effects(reactions, "unknown-frame")).toEqual([{ kind: "unknown-frame", from: saro.participant, tag: 9 }])
    expect(followedBy(raya, channel)[0]?.next).toBe(2)
    // A frame of a lane in the place of a post is refused.
    const misplaced = encodeFrame({ kind: "removed" })
    const other = sealByHand(
      crypto,
      { ...(followedBy(raya, channel)[0] as Followed), conversation: channel },
      {
        ...post,
        number: 2,
        frame: misplaced,
      },
    )
    expect(outcomes(await raya.receive({ topic: followed.topic, payload: other }))).toEqual(["FRAME_MISPLACED"])
    expect(laboratory.faults).toEqual([])
  })
})

describe("lanes", () => {
  it("CH1-11: flipped, cut, repeated and reflected payloads are refused and change nothing", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(2)
    const [raya, pax] = readers as [Subject, Subject]
    await saro.command(channel, "remove", { readers: [pax.participant] })
    const [rekey] = laboratory.hold().filter(({ topic }) => topic === raya.inboxTopic) as [WirePayload]
    const hostile = async (to: Subject, payload: WirePayload): Promise<void> => {
      const before = stateOf(to, channel)
      for (let at = 0; at < payload.payload.length; at++) {
        const flipped = payload.payload.slice()
        flipped[at] = (flipped[at] as number) ^ 1
        expect(outcomes(await to.receive({ ...payload, payload: flipped }))).toEqual(["PAYLOAD_FORGED"])
        expect(outcomes(await to.receive({ ...payload, payload: payload.payload.slice(0, at) }))).toEqual([
          "PAYLOAD_FORGED",
        ])
      }
      expect(stateOf(to, channel)).toBe(before)
      expect(outcomes(await to.receive(payload))).toEqual(["next"])
      expect(outcomes(await to.receive(payload))).toEqual([])
      expect((await to.step(channel, { kind: "receive", ...arrival(payload) })).outcome).toMatchObject({
        code: "HINT_UNKNOWN",
      })
    }
    await hostile(raya, rekey)
    const [answer] = laboratory.hold() as [WirePayload]
    expect(answer.topic).toBe(saro.inboxTopic)
    expect((await raya.step(channel, { kind: "receive", ...arrival(answer) })).outcome.kind).toBe("refused")
    await hostile(saro, answer)
  })

  it("CH1-12: an epoch that comes after a newer one is followed still, for what was posted in it", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(3)
    const [raya, pax, nils] = readers as [Subject, Subject, Subject]
    const posts: WirePayload[] = [await say(laboratory, saro, channel, "1")]
    const rekeys: WirePayload[] = []
    for (const gone of [pax, nils]) {
      await saro.command(channel, "remove", { readers: [gone.participant] })
      rekeys.push(...laboratory.hold().filter(({ topic }) => topic === raya.inboxTopic))
      posts.push(await say(laboratory, saro, channel, String(posts.length + 1)))
    }
    const mine = rekeys.filter(({ hint }) =>
      raya.instance(channel)?.listening.some((route) => route.hint?.join() === hint?.join()),
    )
    const [second, third] = mine as [WirePayload, WirePayload]
    await raya.receive(third)
    expect(raya.fates.map(({ fate }) => fate)).toEqual(["missing", "missing"])
    await raya.receive(posts[2] as WirePayload)
    await raya.receive(second)
    await raya.receive(posts[1] as WirePayload)
    await raya.receive(posts[0] as WirePayload)
    expect(words(raya)).toEqual(["3", "2", "1"])
    expect(raya.fates.map(({ fate }) => fate)).toEqual(["missing", "missing", "recovered", "recovered"])
    // All of the old epochs has come: nothing of them is kept.
    expect(followedBy(raya, channel).map(({ epoch }) => epoch)).toEqual([3])
    expect(routesAgree(raya, channel)).toBe(true)
  })

  it("CH1-11: no more than four payloads wait for an answer; who is heard of again gets the newest epoch at once", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(9)
    const [raya, ...others] = readers
    const before = laboratory.wire.length
    for (const gone of others.slice(0, 7)) {
      await saro.command(channel, "remove", { readers: [gone.participant] })
      laboratory.hold()
    }
    const onLane = laboratory.wire.slice(before).filter((payload) => expected(raya, channel, payload))
    expect(onLane).toHaveLength(4)
    // The last of the four comes through at last.
    await laboratory.pass(2 * 3_600_000)
    await laboratory.settle()
    await saro.send(channel, utf8("caught up"))
    await laboratory.settle()
    expect(words(raya)).toEqual(["caught up"])
    expect(followedBy(raya, channel).map(({ epoch }) => epoch)).toContain(8)
    expect(routesAgree(raya, channel)).toBe(true)
    expect(routesAgree(saro, channel)).toBe(true)
    expect(laboratory.faults).toEqual([])
  })

  it(
    "CH1-4: a thousand readers, one more is refused, and a removal brings 999 of them a new epoch",
    { timeout: 30_000 },
    async () => {
      const { laboratory, saro, readers, channel } = await channelOf(1)
      const machine = ChannelV1.conversation?.machine
      const people = Array.from(
        { length: 1000 },
        (_, i) => crypto.signingKeyPair(crypto.hash(utf8(`reader ${i}`), 32)).publicKey,
      )
      const peers = people.map((key) => ({ participant: toParticipant(key), inboxTopic: saro.inboxTopic }))
      const context = {
        nowMs: 0,
        random,
        crypto,
        self: { participant: saro.participant, inboxTopic: saro.inboxTopic },
        conversation: channel,
        consent: "allowed",
        conversationId: () => channel,
      } as never
      const started = await machine?.start({ kind: "create", peers }, context)
      if (started?.kind !== "next") throw new Error("the channel was not created")
      const state = { followed: new Map(), skipped: new Map(), ...started.patch } as never
      const more = { kind: "command", name: "invite", body: { reader: readers[0].participant } } as never
      expect(await machine?.step(state, more, context)).toEqual({ kind: "refused", code: "READERS_FULL" })
      const remove = { kind: "command", name: "remove", body: { readers: [peers[0]?.participant] } } as never
      const removed = await machine?.step(state, remove, context)
      if (removed?.kind !== "next") throw new Error("nobody was removed")
      const published = removed.effects.filter(({ kind }) => kind === "publish")
      expect(published).toHaveLength(1000)
      expect(new Set(published.map((one) => (one.kind === "publish" ? one.payload.length : 0)))).toEqual(new Set([256]))
      expect(laboratory.faults).toEqual([])
    },
  )
})

describe("invites", () => {
  it("CH1-2, CH1-15: an invite that somebody else passes on, or that was changed, begins nothing", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const pax = await laboratory.person("pax")
    const resident = pax.resident(ChannelV1.id) as ConversationId
    await saro.command(channel, "invite", { reader: pax.participant })
    const [invite] = carried(saro)
    const offer = (from: Participant, body: Uint8Array) =>
      pax.step(resident, { kind: "parcel", from, parcel: { type: ChannelV1.id, kind: "invite", body } })
    expect((await offer(raya.participant, invite)).outcome.kind).toBe("refused")
    expect((await offer(pax.participant, invite)).outcome.kind).toBe("refused")
    for (let at = 0; at < invite.length; at++)
      expect((await offer(saro.participant, invite.slice(0, at))).outcome.kind).toBe("refused")
    const decoded = decodeFrame(invite)
    if (decoded?.kind !== "invite") throw new Error("this is no invite")
    const elsewhere = { ...decoded.invite, readerTopic: saro.inboxTopic }
    expect((await offer(saro.participant, encodeFrame({ kind: "invite", invite: elsewhere }))).outcome.kind).toBe(
      "refused",
    )
    const foreign = { ...decoded.invite, root: random(32) }
    expect((await offer(saro.participant, encodeFrame({ kind: "invite", invite: foreign }))).outcome.kind).toBe(
      "refused",
    )
    expect(pax.conversations).toEqual([])
    expect((await offer(saro.participant, invite)).outcome.kind).toBe("next")
    expect(pax.conversations).toEqual([channel])
    // The same once more, as after a rollback of the carrier: the lane does not begin again.
    await pax.allow(channel)
    const before = stateOf(pax, channel)
    await offer(saro.participant, invite)
    expect(stateOf(pax, channel)).toBe(before)
    expect(laboratory.faults).toEqual([])
  })

  it("CH1-15: who lost his lane is invited once more, and reads on", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(2)
    const [raya] = readers
    await saro.send(channel, utf8("one"))
    await laboratory.settle()
    const introduction = await raya.introduce()
    const text = `colloquy_intro_1_${Buffer.from(introduction).toString("base64url")}`
    await saro.command(channel, "add", { introduction: text })
    await laboratory.settle()
    await saro.send(channel, utf8("two"))
    await laboratory.settle()
    expect(words(raya)).toEqual(["one", "two"])
    for (const one of [saro, raya]) expect(routesAgree(one, channel)).toBe(true)
    for (const bad of ["", "colloquy_intro_1_", text.slice(0, -1), `x${text}`])
      expect((await saro.command(channel, "add", { introduction: bad })).outcome).toMatchObject({
        code: "INTRODUCTION_BAD",
      })
    expect((await saro.command(channel, "invite", { reader: saro.participant })).outcome).toMatchObject({
      code: "READER_SELF",
    })
    for (const name of ["", "x".repeat(65)])
      expect((await saro.command(channel, "rename", { name })).outcome).toMatchObject({ code: "NAME_LENGTH" })
  })
})

describe("bytes", () => {
  it("CH1-3, CH1-18: decoding never throws, and what decodes encodes to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        decodeFrame(bytes)
      }),
    )
    const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const number = fc.integer({ min: 1, max: 2 ** 40 })
    const grant = fc.record({
      epoch: number,
      first: number,
      more: fc.integer({ min: 0, max: postsPerEpochMax }),
      chain: bytes32,
      place: bytes32,
      verifyKey: bytes32,
      name: fc.constantFrom("", "News", "Über uns"),
    })
    fc.assert(
      fc.property(grant, ({ more, ...rest }) => {
        const frame = { kind: "epoch" as const, grant: { ...rest, next: rest.first + more } }
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame)
      }),
    )
    const base = { epoch: 1, first: 5, next: 5, chain: random(32), place: random(32), verifyKey: random(32), name: "" }
    for (const wrong of [
      { epoch: 0 },
      { first: 0 },
      { next: 4 },
      { next: 5 + 4097 },
      { chain: random(31) },
      { place: random(33) },
      { verifyKey: random(0) },
      { name: "x".repeat(65) },
      { epoch: 2 ** 48 },
    ]) {
      const wire = encodeFrame({ kind: "epoch", grant: { ...base, ...wrong } })
      expect(decodeFrame(wire)).toBeUndefined()
    }
    expect(channelFrames.root.children).toHaveLength(8)
  })

  it("stored pieces that were damaged are refused, cut at any length", async () => {
    const { saro, readers, channel, laboratory } = await channelOf(2)
    const [raya, pax] = readers as [Subject, Subject]
    await saro.command(channel, "remove", { readers: [pax.participant] })
    laboratory.hold()
    await laboratory.pass(2 * 3_600_000)
    await say(laboratory, saro, channel, "lost")
    await laboratory.settle()
    for (const person of [saro, raya])
      for (const [name, bytes] of person.instance(channel)?.pieces() ?? []) {
        const piece = channelState[name.split("/")[0] as keyof typeof channelState]
        expect(piece.codec.encode(piece.codec.decode(bytes, 1) as never)).toEqual(bytes)
        for (let at = 1; at < bytes.length; at++) {
          // A row without what it may hold besides is a row as well.
          const cut = decodes(piece.codec, bytes.slice(0, at))
          if (cut !== undefined) expect(piece.codec.encode(cut as never)).toEqual(bytes.slice(0, at))
        }
        if (bytes.length > 0)
          expect(() => piece.codec.decode(bytes, 2)).toThrow(expect.objectContaining({ code: "STATE_DAMAGED" }))
      }
  })
})

function decodes(codec: { decode(bytes: Uint8Array, version: number): unknown }, bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes, 1)
  } catch {
    return undefined
  }
}

/** Invites that someone's machine had carried, the newest first. */
function carried({ reactions }: Subject): [Uint8Array, ...Uint8Array[]] {
  const bodies = (effects(reactions, "carry") as { parcel: { body: Uint8Array } }[]).map(({ parcel }) => parcel.body)
  return bodies.reverse() as [Uint8Array, ...Uint8Array[]]
}

function expected(reader: Subject, channel: ConversationId, { topic, hint }: WirePayload): boolean {
  const listening = reader.instance(channel)?.listening ?? []
  return listening.some(
    (route) => route.topic === topic && route.hint !== undefined && route.hint.join() === hint?.join(),
  )
}

/** What the listening so far adds up to is what the state says. */
function routesAgree(subject: Subject, channel: ConversationId): boolean {
  const view = subject.instance(channel)
  const named = (routes: readonly { topic: Topic; hint?: Hint }[] = []): string =>
    routes
      .map(({ topic, hint }) => `${topic} ${hint?.join() ?? ""}`)
      .sort()
      .join("\n")
  return view !== undefined && named(view.listening) === named(view.routes())
}

function arrival({ topic, hint, payload }: WirePayload) {
  return hint === undefined ? { topic, payload } : { topic, hint, payload }
}

function toParticipant(key: Uint8Array): Participant {
  return Array.from(key, (byte) => byte.toString(16).padStart(2, "0")).join("") as Participant
}

import {
  type ConversationId,
  inboxTopics,
  participantFromKey,
  parseConversationId,
  type Topic,
  toHex,
  utf8,
} from "@colloquy/core"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { openLaboratory, type Subject, type WirePayload } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { describe, expect, it } from "vitest"
import { decodeFrame, encodeFrame, type Grant, type Invite, type LaneFrame } from "../src/channel/frames.js"
import { sealOnLane } from "../src/channel/lane.js"
import { openPost, sealPost } from "../src/channel/post.js"
import { pad, unpad } from "../src/channel/padding.js"
import { type Awaited, type ChannelPatch, channelState, type ChannelState, epochsMax } from "../src/channel/state.js"
import { ChannelV1 } from "../src/index.js"

const crypto = await loadCrypto()
const random = systemRandom()
const machine = ChannelV1.conversation?.machine as NonNullable<typeof ChannelV1.conversation>["machine"]

async function channelOf(readers: number) {
  const laboratory = await openLaboratory({ types: [ChannelV1, InboxV1], seed: 7, record: false })
  const saro = await laboratory.person("saro")
  const people: Subject[] = []
  const introductions: Uint8Array[] = []
  for (let i = 0; i < readers; i++) {
    people.push(await laboratory.person(`reader ${i}`))
    introductions.push(await (people.at(-1) as Subject).introduce())
  }
  const channel = await saro.start(ChannelV1.id, introductions)
  await laboratory.settle()
  for (const person of people) await person.allow(channel)
  await laboratory.settle()
  return { laboratory, saro, readers: people as [Subject, ...Subject[]], channel }
}

/** A subject's state of a channel, as its machine gets it. */
function stateOf(subject: Subject, channel: ConversationId): ChannelState {
  const pieces = subject.instance(channel)?.pieces() ?? new Map<string, Uint8Array>()
  const state: Record<string, unknown> = {}
  for (const [name, piece] of Object.entries(channelState)) {
    const rows = [...pieces].filter(([key]) => key.startsWith(`${name}/`))
    state[name] =
      piece.kind === "table"
        ? new Map(rows.map(([key, bytes]) => [key.slice(name.length + 1), piece.codec.decode(bytes, 1)]))
        : piece.codec.decode(pieces.get(name) as Uint8Array, 1)
  }
  return state as ChannelState
}

function contextOf(subject: Subject, channel: ConversationId, consent = "allowed") {
  const { participant, inboxTopic } = subject
  const conversationId = ({ secret }: { secret: Uint8Array }) =>
    parseConversationId(`/channel/1/${toHex(crypto.hash(secret, 16))}`)?.id
  return {
    nowMs: 5,
    random,
    crypto,
    self: { participant, inboxTopic },
    conversation: channel,
    consent,
    conversationId,
  } as never
}

/** What the newest invite of the author's held. */
function inviteOf({ reactions }: Subject): Invite {
  const bodies = reactions.flatMap(({ outcome }) =>
    outcome.kind === "next" ? outcome.effects.flatMap((one) => (one.kind === "carry" ? [one.parcel.body] : [])) : [],
  )
  const frame = decodeFrame(bodies.at(-1) as Uint8Array)
  if (frame?.kind !== "invite") throw new Error("this is no invite")
  return frame.invite
}

/** A frame on the lane of a reader, sealed with the keys that the two of them have. */
function onLane(
  { from, to, channel }: { from: Subject; to: Subject; channel: ConversationId },
  saro: Subject,
  frame: LaneFrame,
): { topic: Topic; hint: NonNullable<WirePayload["hint"]>; payload: Uint8Array } {
  const isToReader = from === saro
  const sending = isToReader
    ? stateOf(saro, channel).readers.get(to.participant)?.out
    : stateOf(from, channel).lane?.out
  const bond = {
    author: saro.participant,
    reader: (isToReader ? to : from).participant,
    topic: to.inboxTopic,
    direction: isToReader ? ("to reader" as const) : ("to author" as const),
  }
  const sealed = sealOnLane(contextOf(from, channel), channel, bond, sending as NonNullable<typeof sending>, frame)
  return { topic: to.inboxTopic, hint: sealed.hint, payload: sealed.payload }
}

const code = (reactions: readonly { outcome: { kind: string; code?: string } }[]): string[] =>
  reactions.map(({ outcome }) => outcome.code ?? outcome.kind)

describe("invites", () => {
  it("CH1-15: nobody but the author invites into an open channel again, nor into another under its name", async () => {
    const { saro, readers, channel, laboratory } = await channelOf(2)
    const [raya, pax] = readers as [Subject, Subject]
    await saro.command(channel, "invite", { reader: raya.participant })
    laboratory.hold()
    const invite = inviteOf(saro)
    const again = (from: Subject, changed: Partial<Invite>) =>
      machine.step(
        stateOf(raya, channel),
        {
          kind: "invite",
          from: from.participant,
          invite: encodeFrame({ kind: "invite", invite: { ...invite, ...changed } }),
        },
        contextOf(raya, channel),
      )
    const other = `/channel/1/${"0".repeat(32)}` as ConversationId
    expect(await again(pax, {})).toEqual({ kind: "refused", code: "INVITE_FOREIGN" })
    expect(await again(saro, { conversation: other })).toEqual({ kind: "refused", code: "INVITE_MALFORMED" })
    const elsewhere = "/colloquy-example/1/channel-00/raw" as Topic
    expect(await again(saro, { authorTopic: elsewhere })).toEqual({ kind: "refused", code: "INVITE_MALFORMED" })
    expect(await again(saro, {})).toMatchObject({ kind: "next" })
  })

  it("CH1-2: an invite whose id does not follow from its root and its author begins nothing, nor one from oneself", async () => {
    const { saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    await saro.command(channel, "invite", { reader: raya.participant })
    const { conversation, ...invite } = inviteOf(saro)
    const accept = (from: Subject, id: ConversationId | undefined) =>
      machine.start(
        {
          kind: "accept",
          from: from.participant,
          invite: encodeFrame({ kind: "invite", invite: { ...invite, conversation: id ?? conversation } }),
        },
        contextOf(raya, channel),
      )
    expect(await accept(saro, undefined)).toEqual({ kind: "refused", code: "INVITE_FOREIGN" })
    expect(await accept(raya, undefined)).toEqual({ kind: "refused", code: "INVITE_MALFORMED" })
  })

  it("CH1-3, CH1-17: keys and first posts of another length, and numbers past 2^48, are no frames", async () => {
    const { saro, readers, channel } = await channelOf(1)
    await saro.command(channel, "invite", { reader: readers[0].participant })
    const invite = inviteOf(saro)
    const wrong: Partial<Invite>[] = [
      { root: random(31) },
      { lane: random(33) },
      { first: random(255) },
      { first: new Uint8Array(0) },
    ]
    for (const change of wrong)
      expect(decodeFrame(encodeFrame({ kind: "invite", invite: { ...invite, ...change } }))).toBeUndefined()
    expect(decodeFrame(encodeFrame({ kind: "invite", invite: { ...invite, first: random(1024) } }))).toBeDefined()
    for (const number of [2 ** 48, 2 ** 52])
      expect(decodeFrame(encodeFrame({ kind: "received", number }))).toBeUndefined()
    expect(decodeFrame(encodeFrame({ kind: "received", number: 7 }))).toBeDefined()
  })

  it("CH1-17: the post that travels in an invite is the one that the channel begins with", async () => {
    const { laboratory, saro, channel } = await channelOf(1)
    const current = stateOf(saro, channel).current as NonNullable<ChannelState["current"]>
    const pax = await laboratory.person("pax")
    await saro.command(channel, "invite", { reader: pax.participant })
    laboratory.hold()
    const invite = inviteOf(saro)
    const frame = { kind: "post" as const, sentAtMs: 0, content: utf8("first") }
    const context = contextOf(saro, channel)
    const first = sealPost(context, channel, current, frame)
    const second = sealPost(context, channel, first?.current ?? current, frame)
    const accept = async (payload: Uint8Array | undefined) => {
      const resident = pax.resident(ChannelV1.id) as ConversationId
      const body = encodeFrame({ kind: "invite", invite: { ...invite, first: payload as Uint8Array } })
      const input = {
        kind: "parcel" as const,
        from: saro.participant,
        parcel: { type: ChannelV1.id, kind: "invite" as const, body },
      }
      return (await pax.attempt(resident, input)).kind
    }
    expect([await accept(second?.payload), await accept(first?.payload)]).toEqual(["refused", "next"])
  })

  it("CH1-4: a channel does not begin with more than a thousand readers", async () => {
    const { saro, channel } = await channelOf(1)
    const peers = Array.from({ length: 1001 }, (_, i) => ({
      participant: participantFromKey(crypto.signingKeyPair(crypto.hash(utf8(`reader ${i}`), 32)).publicKey),
      inboxTopic: saro.inboxTopic,
    }))
    expect(await machine.start({ kind: "create", peers }, contextOf(saro, channel))).toEqual({
      kind: "refused",
      code: "READERS_FULL",
    })
  })
})

describe("lanes", () => {
  it("CH1-11: what is on a lane for the other side, or acknowledges what was never sent, is refused by both", async () => {
    const { saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    for (const frame of [{ kind: "left" }, { kind: "received", number: 0 }] as const)
      expect(code(await raya.receive(onLane({ from: saro, to: raya, channel }, saro, frame)))).toEqual([
        "FRAME_MISPLACED",
      ])
    expect(code(await saro.receive(onLane({ from: raya, to: saro, channel }, saro, { kind: "removed" })))).toEqual([
      "FRAME_MISPLACED",
    ])
    const far = onLane({ from: raya, to: saro, channel }, saro, { kind: "received", number: 99 })
    expect(code(await saro.receive(far))).toEqual(["FRAME_MALFORMED"])
  })

  it("CH1-11: a lane's payload is taken on the reader's own inbox topic alone", async () => {
    const { saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const { hint, payload } = onLane({ from: saro, to: raya, channel }, saro, { kind: "removed" })
    const elsewhere = inboxTopics.of(participantFromKey(random(32)), crypto)
    const { outcome } = await raya.step(channel, { kind: "receive", topic: elsewhere, hint, payload })
    expect(outcome).toEqual({ kind: "refused", code: "TOPIC_FOREIGN" })
  })

  it("CH1-11: an older answer does not take back what a newer one acknowledged", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(3)
    const [raya, pax, nils] = readers as [Subject, Subject, Subject]
    const answers: WirePayload[] = []
    for (const gone of [pax, nils]) {
      await saro.command(channel, "remove", { readers: [gone.participant] })
      const rekey = laboratory.hold().filter(({ topic, hint }) => topic === raya.inboxTopic && hint !== undefined)
      for (const payload of rekey) await raya.receive(payload)
      answers.push(...laboratory.hold().filter(({ by }) => by === raya.participant))
    }
    for (const answer of answers.reverse()) await saro.receive(answer)
    expect(answers).toHaveLength(2)
    const reader = stateOf(saro, channel).readers.get(raya.participant)
    expect(reader).toMatchObject({ acknowledged: reader?.out.next, pending: undefined })
  })

  it("CH1-11: of each lane eight numbers behind are still taken, and those before are forgotten", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    for (let i = 0; i < 12; i++) {
      const guest = await laboratory.person(`guest ${i}`)
      const introduction = Buffer.from(await guest.introduce()).toString("base64url")
      await saro.command(channel, "add", { introduction })
      await laboratory.settle()
      await saro.command(channel, "remove", { readers: [guest.participant] })
      await laboratory.settle()
    }
    expect(stateOf(raya, channel).lane?.in.next).toBe(12 + 8)
    expect([...stateOf(raya, channel).awaited.values()].map(({ number }) => number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, i) => i + 5).filter((number) => number >= 12),
    )
    const rows = [...stateOf(saro, channel).awaited.values()].filter(({ from }: Awaited) => from === raya.participant)
    expect(rows.length).toBeLessThanOrEqual(17)
  })

  it("CH1-16: who was not allowed to answer does not say that he leaves", async () => {
    const { saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const leave = { kind: "command", name: "leave", body: {} } as never
    const said = async (consent: string) => {
      const outcome = await machine.step(stateOf(raya, channel), leave, contextOf(raya, channel, consent))
      return outcome.kind === "next" ? outcome.effects.filter(({ kind }) => kind === "publish").length : -1
    }
    expect([await said("allowed"), await said("unknown")]).toEqual([1, 0])
    expect(saro.view(channel)?.participants).toContain(raya.participant)
  })
})

describe("epochs", () => {
  it("CH1-12: an epoch that has ended has no number of the next one, whoever signs it", async () => {
    const { saro, readers, channel } = await channelOf(1)
    const current = stateOf(saro, channel).current as NonNullable<ChannelState["current"]>
    const [followed] = [...stateOf(readers[0], channel).followed.values()] as [Parameters<typeof openPost>[2]]
    const context = contextOf(saro, channel)
    const frame = { kind: "post" as const, sentAtMs: 0, content: utf8("late") }
    const payload = sealPost(context, channel, current, frame)?.payload as Uint8Array
    const open = (end: number | undefined) => openPost(context, channel, { ...followed, end }, payload, () => undefined)
    expect([open(undefined).kind, open(current.next + 1).kind]).toEqual(["opened", "opened"])
    expect(open(current.next)).toEqual({ kind: "refused", code: "PAYLOAD_FORGED" })
  })

  const grantOf = (epoch: number, first: number): Grant => ({
    epoch,
    first,
    next: first,
    chain: random(32),
    place: random(32),
    verifyKey: crypto.signingKeyPair(random(32)).publicKey,
    name: "",
  })
  const give = async (saro: Subject, raya: Subject, channel: ConversationId, grant: Grant) => {
    const awaited = onLane({ from: saro, to: raya, channel }, saro, { kind: "epoch", grant })
    return machine.step(stateOf(raya, channel), { kind: "receive", ...awaited }, contextOf(raya, channel))
  }

  it("CH1-12: an epoch that is followed already is not followed from its beginning again", async () => {
    const { laboratory, saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    await saro.send(channel, utf8("one"))
    await laboratory.settle()
    const outcome = await give(saro, raya, channel, { ...grantOf(1, 1) })
    expect(outcome).toMatchObject({ kind: "next" })
    expect(outcome.kind === "next" ? outcome.patch.followed : "no step").toBeUndefined()
  })

  it("CH1-12: eight epochs are followed at once, and one that is older than all of them is not", async () => {
    const { saro, readers, channel } = await channelOf(1)
    const [raya] = readers
    const row = [...stateOf(raya, channel).followed.values()][0] as NonNullable<
      ReturnType<ChannelState["followed"]["get"]>
    >
    const full = new Map(
      Array.from({ length: epochsMax }, (_, i) => [String(i + 5), { ...row, epoch: i + 5, first: i + 5, next: i + 5 }]),
    )
    const step = async (epoch: number) => {
      const awaited = onLane({ from: saro, to: raya, channel }, saro, { kind: "epoch", grant: grantOf(epoch, epoch) })
      const state = { ...stateOf(raya, channel), followed: full }
      const outcome = await machine.step(state, { kind: "receive", ...awaited }, contextOf(raya, channel))
      if (outcome.kind !== "next") throw new Error("the epoch was refused")
      return new Map([...full, ...((outcome.patch as ChannelPatch).followed ?? [])])
    }
    const older = await step(4)
    expect([...older.keys()].map(Number)).not.toContain(4)
    const newer = await step(20)
    const kept = [...newer].filter(([, one]) => one !== undefined).map(([epoch]) => Number(epoch))
    expect(kept).toEqual([6, 7, 8, 9, 10, 11, 12, 20])
  })
})

it("CH1-10: what is padded ends in 80 and zeros, and nothing else is taken for padding", () => {
  const padded = pad(utf8("text"), 40) as Uint8Array
  expect(unpad(padded)).toEqual(utf8("text"))
  for (const wrong of [0x81, 0x00, 0x01]) {
    const other = padded.slice()
    other[4] = wrong
    expect(unpad(other)).not.toEqual(utf8("text"))
  }
  expect(unpad(utf8("text"))).toBeUndefined()
  expect(unpad(new Uint8Array(8))).toBeUndefined()
})

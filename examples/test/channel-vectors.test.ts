import {
  type ConversationContext,
  type ConversationId,
  type Crypto,
  fromHex,
  inboxTopics,
  type Participant,
  participantFromKey,
  participantKey,
  toHex,
  type Topic,
  utf8,
} from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { decodeFrame } from "../src/channel/frames.js"
import { ChannelV1 } from "../src/index.js"
import {
  chainByHand,
  idByHand,
  laneChainByHand,
  maskKeyByHand,
  openByHand,
  openLaneByHand,
  sealByHand,
  topicByHand,
} from "./channel-by-hand.js"

const path = join(import.meta.dirname, "vectors", "channel-v1.json")
const crypto: Crypto = await loadCrypto()
const nowMs = 1_800_000_000_000
const machine = ChannelV1.conversation?.machine as NonNullable<typeof ChannelV1.conversation>["machine"]

interface Vectors {
  readonly origin: string
  readonly authorSeed: string
  readonly readerSeeds: readonly string[]
  /** In the order in which the author drew them. */
  readonly draws: readonly string[]
  readonly conversation: string
  readonly invites: readonly string[]
  readonly posts: readonly {
    readonly text: string
    readonly topic: string
    readonly payload: string
    readonly message: string
  }[]
  /** What is published when the second reader is removed. */
  readonly removal: readonly { readonly topic: string; readonly hint: string; readonly payload: string }[]
  readonly afterwards: { readonly text: string; readonly topic: string; readonly payload: string }
}

const seeds = Array.from({ length: 3 }, (_, i) => crypto.hash(utf8(`person ${i}`), 32))

/** The machine's own account of two posts, a removal and a third post, from fixed randomness. */
async function make(): Promise<Vectors> {
  const draws: Uint8Array[] = []
  const random = (bytes: number): Uint8Array => {
    const drawn = crypto.hash(utf8(`draw ${draws.length}`), 32).slice(0, bytes)
    draws.push(drawn.slice())
    return drawn
  }
  const [author, ...readers] = seeds.map((seed) => participantFromKey(crypto.signingKeyPair(seed).publicKey)) as [
    Participant,
    ...Participant[],
  ]
  const self = { participant: author, inboxTopic: inboxTopics.of(author, crypto) }
  const ids = ChannelV1.declaration.conversationIds
  const basis = {
    nowMs,
    random,
    crypto,
    self,
    conversationId: (material: never) => ids.make(ChannelV1.name, material, crypto),
  }
  const peers = readers.map((participant) => ({ participant, inboxTopic: inboxTopics.of(participant, crypto) }))
  const started = await machine.start({ kind: "create", peers }, basis as never)
  if (started.kind !== "next") throw new Error(started.code)
  const { conversation } = started
  const context = { ...basis, conversation, consent: "allowed" } as unknown as ConversationContext
  let state: Record<string, unknown> = { followed: new Map(), skipped: new Map(), ...started.patch }
  const step = async (input: object) => {
    const outcome = await machine.step(state, input as never, context)
    if (outcome.kind !== "next") throw new Error(outcome.code)
    for (const [name, piece] of Object.entries(outcome.patch as Record<string, unknown>)) {
      if (!(piece instanceof Map)) state = { ...state, [name]: piece }
      else {
        const rows = new Map(state[name] as Map<string, unknown>)
        for (const [row, value] of piece)
          if (value === undefined) rows.delete(row as string)
          else rows.set(row as string, value)
        state = { ...state, [name]: rows }
      }
    }
    return outcome.effects
  }
  const published = (effects: Awaited<ReturnType<typeof step>>) =>
    effects.flatMap((effect) => (effect.kind === "publish" ? [effect] : []))
  const post = async (text: string) => {
    const effects = await step({ kind: "send", content: utf8(text) })
    const [one] = published(effects)
    return {
      text,
      topic: one?.topic as string,
      payload: toHex(one?.payload as Uint8Array),
      message: one?.message as string,
    }
  }
  const invites = started.effects.flatMap((effect) => (effect.kind === "carry" ? [toHex(effect.parcel.body)] : []))
  const posts = [await post("hello"), await post("how are you all?")]
  const removed = await step({ kind: "command", name: "remove", body: { readers: [readers[1]] } })
  const removal = published(removed).map(({ topic, hint, payload }) => ({
    topic: topic as string,
    hint: toHex(hint as Uint8Array),
    payload: toHex(payload),
  }))
  const { text, topic, payload } = await post("among ourselves")
  return {
    origin: "examples/test/channel-vectors.test.ts with WRITE_VECTORS=1",
    authorSeed: toHex(seeds[0] as Uint8Array),
    readerSeeds: seeds.slice(1).map(toHex),
    draws: draws.map(toHex),
    conversation,
    invites,
    posts,
    removal,
    afterwards: { text, topic, payload },
  }
}

test("CH1-2 to CH1-18: from the same randomness the machine makes the same bytes", async () => {
  const made = await make()
  if (process.env["WRITE_VECTORS"] === "1") writeFileSync(path, `${JSON.stringify(made, null, 2)}\n`)
  expect(made).toEqual(JSON.parse(readFileSync(path, "utf8")))
})

test("CH1-2 to CH1-12: who has only read the document opens every payload of the vectors", () => {
  const vectors = JSON.parse(readFileSync(path, "utf8")) as Vectors
  const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array
  const author = crypto.signingKeyPair(bytes(vectors.authorSeed)).publicKey
  const readers = vectors.readerSeeds.map((seed) => crypto.signingKeyPair(bytes(seed)).publicKey)
  const conversation = vectors.conversation as ConversationId
  const invites = vectors.invites.map((hex) => {
    const frame = decodeFrame(bytes(hex))
    if (frame?.kind !== "invite") throw new Error("this is no invite")
    return frame.invite
  })
  const [first, second] = invites as [(typeof invites)[number], (typeof invites)[number]]
  expect(idByHand(crypto, first.root, author)).toBe(conversation)
  const { grant } = first
  const keys = {
    conversation,
    epoch: grant.epoch,
    first: grant.first,
    topic: topicByHand(crypto, grant.place),
    maskKey: maskKeyByHand(crypto, grant.place),
  }
  for (const [i, { text, topic, payload }] of vectors.posts.entries()) {
    expect(topic).toBe(keys.topic)
    const chain = chainByHand(crypto, grant.chain, i)
    const opened = openByHand(crypto, { ...keys, chain }, grant.verifyKey, bytes(payload))
    expect(opened?.number).toBe(i + 1)
    const frame = decodeFrame(opened?.frame as Uint8Array)
    expect(frame).toEqual({ kind: "post", sentAtMs: nowMs, content: utf8(text) })
    // And made again: signing is deterministic, so that the bytes are the same.
    const nonce = bytes(payload).slice(0, 24)
    const signingSeed = bytes(vectors.draws.find((seed) => toHex(publicOf(seed)) === toHex(grant.verifyKey)) as string)
    const number = i + 1
    const post = { number, nonce, signingSeed, frame: opened?.frame as Uint8Array, length: 256 }
    expect(toHex(sealByHand(crypto, { ...keys, chain }, post))).toBe(payload)
  }
  const lanes = readers.map((reader, i) => {
    const { lane, readerTopic } = invites[i] as typeof first
    const chain = laneChainByHand(crypto, lane, "to reader")
    return { conversation, topic: readerTopic, direction: "to reader" as const, author, reader, number: 0, chain }
  })
  const frames = vectors.removal.map(({ topic, payload, hint }) => {
    const opened = lanes.map((lane) => openLaneByHand(crypto, { ...lane, topic: topic as Topic }, bytes(payload)))
    const found = opened.find((one) => one !== undefined)
    expect(toHex(found?.hint as Uint8Array)).toBe(hint)
    return { to: opened.findIndex((one) => one !== undefined), frame: decodeFrame(found?.frame as Uint8Array) }
  })
  expect(frames.map(({ to, frame }) => [to, frame?.kind])).toEqual([
    [1, "removed"],
    [0, "epoch"],
  ])
  expect(second.grant).toEqual(first.grant)
  const fresh = frames[1]?.frame
  if (fresh?.kind !== "epoch") throw new Error("this is no epoch")
  const { place, chain, verifyKey, epoch, first: begin } = fresh.grant
  const next = {
    conversation,
    epoch,
    first: begin,
    chain,
    topic: topicByHand(crypto, place),
    maskKey: maskKeyByHand(crypto, place),
  }
  expect(vectors.afterwards.topic).toBe(next.topic)
  const opened = openByHand(crypto, next, verifyKey, bytes(vectors.afterwards.payload))
  expect(decodeFrame(opened?.frame as Uint8Array)).toMatchObject({ content: utf8(vectors.afterwards.text) })
  expect(participantKey(participantFromKey(author))).toEqual(author)
})

function publicOf(seed: string): Uint8Array {
  const bytes = fromHex(seed) as Uint8Array
  return bytes.length === 32 ? crypto.signingKeyPair(bytes).publicKey : bytes
}

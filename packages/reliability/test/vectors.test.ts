import { readFileSync } from "node:fs"
import { type ConversationId, type Crypto, type Participant, toHex, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import {
  type CompactState,
  compactPieces,
  encodeSegments,
  freshLink,
  logPieces,
  type Moment,
  nextLamport,
  type PublishedOptions,
  publishedFrames,
  publishedPieces,
  receiveCompact,
  receiveSegment,
  sdsFrames,
  sdsIdPrefix,
  type SdsMessage,
  sdsMessageId,
  sdsMissingId,
  segmentPieces,
  sendCompact,
  splitContent,
  wakeCompact,
} from "@colloquy/reliability"
import { keccak_256 } from "@noble/hashes/sha3"
import { describe, expect, it } from "vitest"
import { apply, stored } from "./compact-pair.js"
import { PublishedSide, sha256Number } from "./published-side.js"

const startMs = 1_800_000_000_000
const conversation = "/private/1/000102030405060708090a0b0c0d0e0f" as ConversationId
const frames = sdsFrames({ bytesMax: 65_536 })
const random = (): number => 0.5

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}`, import.meta.url), "utf8"))
}

/** A conversation by a script: what each side does, what it publishes, and what it stores after. `lost` payloads are not given to the other. */
function compactVectors(crypto: Crypto): unknown {
  const names = { saro: "11".repeat(32) as Participant, raya: "22".repeat(32) as Participant }
  const fresh = (): CompactState => ({ link: freshLink, outgoing: new Map(), gaps: new Map() })
  const states = { saro: fresh(), raya: fresh() }
  const steps: unknown[] = []
  let nowMs = startMs
  type Name = keyof typeof names
  const moment = (): Moment => ({ nowMs, random, mayAcknowledge: true })
  const note = (
    side: Name,
    what: object,
    step: { patch: object; publish: readonly { kind: string; message: SdsMessage }[] },
  ): string[] => {
    states[side] = stored(apply(states[side], step.patch))
    const publish = step.publish.map(({ kind, message }) => ({ kind, message: toHex(frames.encode(message)) }))
    const { link, outgoing, gaps } = states[side]
    const rows = <T>(table: ReadonlyMap<string, T>, encode: (row: T) => Uint8Array): object =>
      Object.fromEntries([...table].map(([key, row]) => [key, toHex(encode(row))]))
    const after = {
      link: toHex(compactPieces.link.codec.encode(link)),
      outgoing: rows(outgoing, compactPieces.outgoing.codec.encode),
      gaps: rows(gaps, compactPieces.gaps.codec.encode),
    }
    const { patch: _, publish: __, ...result } = step
    steps.push({ side, nowMs, ...what, ...published(result), publish, after })
    return publish.map(({ message }) => message)
  }
  const send = (side: Name, contents: readonly Uint8Array[]): string[] => {
    const prefix = sdsIdPrefix(conversation, names[side])
    const { sequence, lamport: known } = states[side].link
    const lamport = nextLamport(known, nowMs)
    const whole = Uint8Array.from(contents.flatMap((part) => [...part]))
    const message = sdsMessageId(crypto, prefix, sequence, whole)
    const digest = contents.length > 1 ? { digest: crypto.hash(whole, 32) } : {}
    const sent = sendCompact(states[side], { message, reported: true, lamport, contents, ...digest }, moment())
    if (sent.kind === "full") throw new Error(sent.kind)
    return note(side, { does: "send", contents: contents.map(toHex), id: message }, sent)
  }
  const receive = (side: Name, encoded: string): string[] => {
    const decoded = frames.decode(Buffer.from(encoded, "hex"))
    if (decoded.kind !== "frame") throw new Error(decoded.kind)
    const received = receiveCompact(states[side], decoded.frame, moment())
    if (received.kind === "refused") throw new Error(received.code)
    return note(side, { does: "receive", message: encoded }, received)
  }
  const wake = (side: Name, atMs: number): string[] => {
    nowMs = atMs
    return note(side, { does: "wake" }, wakeCompact(states[side], moment()))
  }
  const [first] = send("saro", [utf8("hello")]) as [string]
  const [lost] = send("saro", [utf8("hello")]) as [string]
  const [third] = send("saro", [utf8("are you there?")]) as [string]
  nowMs += 100
  receive("raya", third)
  receive("raya", first)
  const [acknowledgement] = wake("raya", startMs + 1600) as [string]
  receive("saro", acknowledgement)
  const [request] = wake("raya", startMs + 13_000) as [string]
  const [repair] = receive("saro", request) as [string]
  wake("raya", startMs + 61_000)
  receive("raya", repair)
  const [answer] = send("raya", [utf8("I am")]) as [string]
  receive("saro", answer)
  const segments = send("saro", splitContent(utf8("a text of more than one segment"), 16))
  for (const segment of segments) receive("raya", segment)
  wake("saro", startMs + 110_000)
  return {
    conversation,
    people: names,
    lost,
    missing: sdsMissingId(crypto, sdsIdPrefix(conversation, names.saro), 1),
    steps,
  }
}

/** What a step tells, without what is obvious. */
function published(result: object): object {
  const told = Object.entries(result).filter(
    ([name, value]) =>
      !["kind", "wipe"].includes(name) && value !== undefined && !(Array.isArray(value) && value.length === 0),
  )
  return Object.fromEntries(told)
}

/** The filter is 18,752 bytes, nearly all 0: it is compared where it is stored. */
function withoutFilter(bytes: Uint8Array): string {
  const decoded = publishedFrames.decode(bytes)
  if (decoded.kind !== "frame") throw new Error(decoded.kind)
  const { bloomFilter: _, ...rest } = decoded.frame
  return toHex(publishedFrames.encode(rest))
}

/** One state of each kind in the published profile, and the formulas. */
function publishedVectors(): unknown {
  const options: PublishedOptions = { participant: "saro", channel: "reading", hash: sha256Number }
  const sent: string[] = []
  const side = new PublishedSide("saro", random, (bytes) => sent.push(withoutFilter(bytes)))
  const hear = (message: SdsMessage): void =>
    side.receive(publishedFrames.encode({ channelId: "reading", lamport: startMs + 5, ...message }), startMs)
  hear({ senderId: "raya", messageId: "a", content: utf8("first") })
  side.send("second", startMs + 10)
  hear({
    senderId: "raya",
    messageId: "d",
    causalHistory: [{ messageId: "c", senderId: "pax" }],
    content: utf8("waits"),
  })
  hear({ senderId: "pax", messageId: "sync", repairRequest: [{ messageId: "a", senderId: "raya" }] })
  const rows = <T>(table: ReadonlyMap<string, T>, encode: (row: T) => Uint8Array): object =>
    Object.fromEntries([...table].map(([key, row]) => [key, toHex(encode(row))]))
  const { channel, filter, sent: outgoing, incoming, wanted, owed } = side.state
  return {
    participant: options.participant,
    channel: options.channel,
    sent,
    wanted: Object.fromEntries([...wanted].map(([id, { requestAtMs }]) => [id, requestAtMs - startMs])),
    owed: Object.fromEntries([...owed].map(([id, { respondAtMs }]) => [id, respondAtMs - startMs])),
    state: {
      channel: toHex(publishedPieces.channel.codec.encode(channel)),
      filter: rows(filter, publishedPieces.filter.codec.encode),
      sent: rows(outgoing, publishedPieces.sent.codec.encode),
      incoming: rows(incoming, publishedPieces.incoming.codec.encode),
      wanted: rows(wanted, publishedPieces.wanted.codec.encode),
      owed: rows(owed, publishedPieces.owed.codec.encode),
      log: rows(side.tables.log, logPieces({ idsMax: 10, messagesMax: 10 }).log.codec.encode),
      arrivals: rows(side.tables.arrivals, logPieces({ idsMax: 10, messagesMax: 10 }).arrivals.codec.encode),
    },
  }
}

function segmentVectors(crypto: Crypto): unknown {
  const payload = utf8("a payload of three segments")
  const digest = crypto.hash(payload, 32)
  const [first] = splitContent(payload, 10) as [Uint8Array]
  const part = { sender: "22".repeat(32), message: "7", index: 0, count: 3, digest, payload: first }
  const received = receiveSegment({ partials: new Map(), segments: new Map() }, part, startMs, (bytes) =>
    crypto.hash(bytes, 32),
  )
  if (received.kind !== "progress") throw new Error(received.kind)
  const partials = [...(received.patch.partials ?? [])].map(([key, row]) => [
    key,
    row && toHex(segmentPieces.partials.codec.encode(row)),
  ])
  const segments = [...(received.patch.segments ?? [])].map(([key, row]) => [key, row && toHex(row)])
  return {
    payload: toHex(payload),
    segmentBytes: 10,
    published: encodeSegments(payload, 10, keccak_256).map(toHex),
    single: encodeSegments(payload, 27, keccak_256).map(toHex),
    compactDigest: toHex(digest),
    stored: { partials: Object.fromEntries(partials) as object, segments: Object.fromEntries(segments) as object },
  }
}

describe("vectors", async () => {
  const crypto = await loadCrypto()

  it("RL-38: a conversation in the compact profile, message by message, with the bytes that are stored", () => {
    expect(compactVectors(crypto)).toEqual(read("compact.json"))
  })

  it("RL-61: the published profile: messages, repair times and the bytes that are stored", () => {
    expect(publishedVectors()).toEqual(read("published.json"))
  })

  it("SG-10: segments, digests and the bytes that are stored", () => {
    expect(segmentVectors(crypto)).toEqual(read("segmentation.json"))
  })
})

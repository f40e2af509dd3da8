import { concat, type Parcel, toHex, type TypeId } from "@colloquy/core"
import { farMultiples } from "../../../packages/conversation-private/src/hint-window.js"
import {
  encodeContent,
  encodeIntroductions,
  encodeParcel,
  encodeWithdrawn,
  messages,
} from "../../../packages/conversation-private/src/frames.js"
import { type AnyOutcome, Party } from "../../../packages/conversation-private/test/harness.js"
import { decodeSteps, encodeSteps, type Step } from "../engine/steps.js"
import { must, type Target } from "../target.js"
import { counting, crypto } from "./support/bytes.js"
import { checkOutcome, Frozen, Peer } from "./support/private-peer.js"
import { flyingIn, pair, privateFrameSeeds, stateOf } from "./support/private.js"

/** A byte for which payload, then the payload. */
export const privatePayload: Target = {
  name: "private-payload",
  holds: "a payload that is not one of the peer's is refused and changes nothing, and the good ones go through",
  form: "bytes",
  bytesMax: 2048,
  runs: 1000,
  open: async () => {
    const { raya, underWay } = pair()
    const frozen = new Frozen(raya)
    const stored = raya.talk.storedHex()
    return {
      seeds: underWay.map(({ payload }, index) => concat(Uint8Array.of(index), payload)),
      check(input) {
        frozen.restore()
        const flying = underWay[(input[0] ?? 0) % underWay.length]
        if (flying === undefined) return
        const payload = input.subarray(1)
        const outcome = raya.try({ kind: "receive", ...flying, payload })
        if (toHex(payload) === toHex(flying.payload)) must(outcome.kind === "next", "a good payload is refused")
        else must(outcome.kind === "refused" && /^PV1_/.test(outcome.code), "a payload that nobody sent is accepted")
        must(raya.talk.storedHex() === stored, "the state changed")
      },
    }
  },
}

/**
 * The peer as the attacker: steps in which he seals what he likes with his own ratchet, and time passes. The body of a step is an SDS message where
 * nothing else is said.
 */
const operations = {
  /** Sealed and delivered: 0 to 5, so that it is what most steps do. */
  hostile: 0,
  send: 6,
  passTime: 7,
  peerReads: 8,
  cancel: 9,
  leap: 10,
  payload: 11,
  crash: 12,
  reset: 13,
  introduction: 14,
  honest: 15,
} as const

export const privatePeer: Target = {
  name: "private-peer",
  holds:
    "whatever an authenticated peer seals is taken or refused, within bounds, and what is stored reads back as it was",
  form: "steps",
  bytesMax: 20_000,
  runs: 300,
  open: async () => {
    const { saro, raya, underWay, draws } = pair()
    const [frozenSaro, frozenRaya] = [new Frozen(saro), new Frozen(raya)]
    return {
      seeds: peerSeeds(saro),
      check(input) {
        frozenSaro.restore()
        frozenRaya.restore()
        for (const draw of draws) draw.restart()
        const peer = new Peer(saro)
        let published: Parameters<typeof flyingIn>[0] = []
        const take = (outcome: AnyOutcome | undefined): void => {
          if (outcome?.kind !== "next") return
          checkOutcome(outcome, raya)
          published = [...published, ...outcome.effects].slice(-400)
        }
        for (const { operation, body } of decodeSteps(input))
          switch (operation & 15) {
            case operations.send:
              take(tried(raya, { kind: "send", content: body }))
              break
            case operations.passTime:
              raya.nowMs += 1 + littleEndian(body) * 1000
              saro.nowMs = raya.nowMs
              take(tried(raya, { kind: "wake" }))
              break
            case operations.peerReads:
              for (const flying of flyingIn(published)) saro.receive(flying)
              published = []
              break
            case operations.cancel: {
              const row = [...stateOf(raya).outgoing.values()][littleEndian(body) % 8]
              if (row !== undefined) take(tried(raya, { kind: "cancel", message: row.message }))
              break
            }
            case operations.leap:
              peer.leap(farMultiples[littleEndian(body) % 3] as number)
              break
            case operations.payload: {
              const flying = underWay[0]
              if (flying !== undefined) take(tried(raya, { kind: "receive", ...flying, payload: body }))
              break
            }
            case operations.crash: {
              const before = raya.talk.storedHex()
              raya.talk.reload()
              must(raya.talk.storedHex() === before, "what is stored reads back differently")
              break
            }
            case operations.reset:
              take(tried(raya, { kind: "command", name: "reset", body: {} }))
              break
            case operations.introduction:
              take(tried(raya, { kind: "introduction", introduction: raya.introduction() }))
              break
            case operations.honest: {
              const sent = saro.step({ kind: "send", content: body })
              if (sent.kind === "next")
                for (const flying of flyingIn(sent.effects)) take(tried(raya, { kind: "receive", ...flying }))
              break
            }
            default: {
              const flying = peer.seal(body)
              if (flying !== undefined) take(tried(raya, { kind: "receive", ...flying }))
            }
          }
        must(sameSet(raya.routes(), raya.talk.expected), "what is expected is not what was listened for")
        const last = tried(raya, { kind: "send", content: counting(9) })
        must(last.kind === "next" || /FULL|EXHAUSTED/.test(last.code), "nothing can be sent any more")
      },
    }
  },
}

export const privateInvite: Target = {
  name: "private-invite",
  holds: "an invite is accepted once or refused, and one that is refused changes nothing",
  form: "fields",
  bytesMax: 4096,
  runs: 500,
  open: async () => {
    const { saro, raya, draws } = pair()
    const invites = inviteSeeds(saro, raya)
    const resident = new Frozen(raya, "resident")
    const talk = new Frozen(raya)
    const before = raya.talk.storedHex()
    return {
      seeds: invites,
      check(input) {
        talk.restore()
        resident.restore()
        for (const draw of draws) draw.restart()
        const parcel = (): Parcel => ({ type: "PrivateV1" as TypeId, kind: "invite", body: input.slice() })
        const outcome = raya.accept(saro.participant, parcel())
        if ("kind" in outcome) {
          must(/^PV1_/.test(outcome.code), `refused with ${outcome.code}`)
          must(raya.talk.storedHex() === before, "a refused invite changes the conversation")
          return
        }
        must(sameSet(raya.routes(), raya.talk.expected), "what is expected is not what was listened for")
        must("kind" in raya.accept(saro.participant, parcel()), "an invite is accepted twice")
      },
    }
  },
}

export const privateBackup: Target = {
  name: "private-backup",
  holds: "what a backup kept of a conversation restores or is refused",
  form: "bytes",
  bytesMax: 4096,
  runs: 1000,
  open: async () => {
    const { saro, raya, draws } = pair()
    const id = raya.talk.id
    const backup = raya.backup()
    const talk = new Frozen(raya)
    return {
      seeds: [backup, saro.backup()],
      check(input) {
        talk.restore()
        for (const draw of draws) draw.restart()
        const restored = raya.restore(input, id)
        if ("kind" in restored) return must(/^PV1_(BACKUP|NO_INTRODUCTION|KEY)$/.test(restored.code), restored.code)
        must(sameSet(raya.routes(), raya.talk.expected), "what is expected is not what was listened for")
        const before = raya.talk.storedHex()
        raya.talk.reload()
        must(raya.talk.storedHex() === before, "what was restored reads back differently")
        must(tried(raya, { kind: "send", content: counting(3) }).kind === "next", "nothing can be sent after it")
      },
    }
  },
}

/** A step that leaves the state as it was when it refuses. */
function tried(party: Party, input: Parameters<Party["try"]>[0]): AnyOutcome {
  const outcome = party.try(input)
  if (outcome.kind === "next") {
    party.talk.apply(outcome)
    return outcome
  }
  must(/^PV1_/.test(outcome.code), `refused with ${outcome.code}`)
  return outcome
}

function peerSeeds(saro: Party): readonly Uint8Array[] {
  const { link } = stateOf(saro)
  const lamport = link.lamport + 1
  const sequence = link.sequence
  const body = (message: Parameters<typeof messages.encode>[0]): Step => ({
    operation: operations.hostile,
    body: messages.encode(message),
  })
  const said = (content: Uint8Array, at = 0): Step => body({ lamport, sequence: sequence + at, content })
  const wait = (seconds: number): Step => ({
    operation: operations.passTime,
    body: Uint8Array.of(seconds, seconds >>> 8, seconds >>> 16),
  })
  const parcel = { type: "BoardV1" as never, kind: "offer", body: counting(20) } as const
  const digest = crypto.hash(counting(4), 32)
  const part = (index: number, count: number): Step =>
    body({ lamport, sequence: sequence + index, content: counting(4), segment: { index, count, digest } })
  const scripts: readonly (readonly Step[])[] = [
    [said(encodeContent(counting(3), 0))],
    [said(encodeContent(counting(3), 0), 5), wait(70), said(encodeContent(counting(3), 0)), wait(10)],
    [said(encodeParcel(parcel)), said(encodeIntroductions([saro.introduction()]), 1), said(encodeWithdrawn(), 2)],
    [body({ acknowledged: [{ first: 0, last: 3 }], requested: [{ first: 0, last: 9 }] }), wait(40)],
    [body({ acknowledged: [{ first: 0, last: 2 ** 48 }] }), { operation: operations.introduction, body: counting(0) }],
    [body({ lamport: 2 ** 48 - 1, sequence: 2 ** 48 - 1, content: encodeContent(counting(2), 5) }), wait(100)],
    [said(encodeContent(counting(1), 0), 100), body({ unavailable: [{ first: sequence, last: sequence + 50 }] })],
    [part(0, 2), part(1, 3), part(0, 3), part(2, 3), part(1, 2)],
    ...privateFrameSeeds().map((frame, at) => [said(frame, at), wait(5)]),
    [
      { operation: operations.send, body: counting(40) },
      { operation: operations.peerReads, body: counting(0) },
      body({ requested: [{ first: 1, last: 2 }] }),
      { operation: operations.leap, body: Uint8Array.of(1) },
      said(encodeContent(counting(3), 0)),
      { operation: operations.crash, body: counting(0) },
      { operation: operations.honest, body: counting(5) },
    ],
    [
      { operation: operations.introduction, body: counting(0) },
      { operation: operations.introduction, body: counting(0) },
      { operation: operations.reset, body: counting(0) },
      wait(90),
      wait(3_000_000),
      { operation: operations.cancel, body: counting(0) },
      { operation: operations.payload, body: counting(200) },
    ],
  ]
  return scripts.map(encodeSteps)
}

/** Invites to a conversation of their own, with a first payload and without, and one to a new session of the conversation. */
function inviteSeeds(saro: Party, raya: Party): readonly Uint8Array[] {
  const founder = new Party(crypto, "saro")
  const started = [founder.create(raya.asPeer(), "first"), founder.create(raya.asPeer())]
  const reset = saro.try({ kind: "command", name: "reset", body: {} })
  return [
    ...started.flatMap((one) => ("kind" in one ? [] : [one.invite.body])),
    ...(reset.kind === "next" ? reset.effects : []).flatMap((effect) =>
      effect.kind === "carry" ? [effect.parcel.body] : [],
    ),
  ]
}

function littleEndian(body: Uint8Array): number {
  return (body[0] ?? 0) + 0x100 * (body[1] ?? 0) + 0x1_0000 * (body[2] ?? 0)
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item))
}

import { type ConversationId, type Parcel, type TypeId, utf8 } from "@colloquy/core"
import {
  encodeContent,
  encodeIntroductions,
  encodeInvite,
  encodeOffer,
  encodeParcel,
  encodeWithdrawn,
  frames,
} from "../../../../packages/conversation-private/src/frames.js"
import type { PrivateState } from "../../../../packages/conversation-private/src/state.js"
import { type AnyEffect, type Flying, Party } from "../../../../packages/conversation-private/test/harness.js"
import { counting, crypto, Draws } from "./bytes.js"
import { FuzzError } from "../../fuzz-error.js"

const conversationId = `/private/1/${"0a".repeat(16)}` as ConversationId

const invite = {
  seed: counting(32),
  ratchetKey: counting(32, 9),
  prekeyId: counting(8),
  initiatorTopic: "/colloquy/1/inbox-0a/proto",
  responderTopic: "/colloquy/1/inbox-ff/proto",
} as const

/** Every frame of PrivateV1. */
export function privateFrameSeeds(): readonly Uint8Array[] {
  const topics = invite as unknown as Parameters<typeof encodeInvite>[0]
  const parcel: Parcel = { type: "BoardV1" as TypeId, kind: "offer", body: utf8("an offer") }
  return [
    encodeContent(utf8("hello"), 0),
    encodeContent(utf8("ahead of the clock"), 86_400_000),
    encodeParcel(parcel),
    encodeParcel({ ...parcel, kind: "invite" }),
    encodeIntroductions([counting(50), counting(60)]),
    encodeIntroductions([]),
    encodeWithdrawn(),
    encodeOffer({ prekeyId: counting(8), prekey: counting(32) }),
    encodeInvite({ ...topics, first: counting(60) }),
    encodeInvite({ ...topics, reset: { conversation: conversationId, epoch: 5, floor: 3, reason: "rollback" } }),
    frames.encode({
      $typeName: "colloquy.private.v1.PrivateV1Frame",
      frame: {
        case: "content",
        value: { $typeName: "colloquy.private.v1.Content", content: utf8("x"), leadMs: 2n ** 48n },
      },
    }),
  ]
}

/** Two people in the middle of a conversation, and the randomness of both; after a `long` message with a half-finished one in Raya's state. */
export interface Pair {
  readonly saro: Party
  readonly raya: Party
  /** Payloads of Saro's that Raya has not received: passed over, next in order, and first of his next chain. */
  readonly underWay: readonly Flying[]
  readonly draws: readonly [Draws, Draws]
}

export function pair(options: { readonly long?: boolean } = {}): Pair {
  const draws = [new Draws(1), new Draws(2)] as const
  const saro = new Party(crypto, "saro", draws[0].random)
  const raya = new Party(crypto, "raya", draws[1].random)
  const created = saro.create(raya.asPeer(), "first")
  if ("kind" in created) throw new FuzzError("TARGET", `refused: ${created.code}`)
  const accepted = raya.accept(saro.participant, created.invite)
  if ("kind" in accepted) throw new FuzzError("TARGET", `refused: ${accepted.code}`)
  for (const [party, other] of [
    [saro, raya],
    [raya, saro],
  ] as const)
    for (let i = 0; i < 2; i++) {
      const outcome = party.step({ kind: "introduction", introduction: party.introduction() })
      if (outcome.kind === "next") for (const flying of flyingIn(outcome.effects)) other.receive(flying)
    }
  const passedOver = saro.send("passed over")
  raya.receive(saro.send("received"))
  if (options.long === true) {
    const long = saro.step({ kind: "send", content: counting(150_000) })
    const [, second] = long.kind === "next" ? flyingIn(long.effects) : []
    if (second !== undefined) raya.receive(second)
  }
  raya.send("not acknowledged")
  const inOrder = saro.send("in order")
  saro.receive(raya.send("turn"))
  const next = saro.send("next chain")
  return { saro, raya, underWay: [passedOver, inOrder, next], draws }
}

/** The payloads that effects publish. */
export function flyingIn(effects: readonly AnyEffect[]): readonly Flying[] {
  return effects.flatMap((effect) =>
    effect.kind === "publish" && effect.hint !== undefined
      ? [{ topic: effect.topic, hint: effect.hint, payload: effect.payload.slice() }]
      : [],
  )
}

export function stateOf(party: Party): PrivateState {
  return party.talk.state as unknown as PrivateState
}

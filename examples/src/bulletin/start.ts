import {
  type Context,
  type Participant,
  participantKey,
  type Start,
  type StartContext,
  type Started,
  type TypeId,
} from "@colloquy/core"
import { frames } from "./frames.js"
import { topicOf } from "./secrets.js"
import type { BulletinShape, Place } from "./state.js"
import type { BulletinEffect } from "./words.js"

/** Begins a channel as its author, or as somebody who was invited. */
export function start(input: Start, context: StartContext): Started<BulletinShape, BulletinEffect> {
  const { crypto, self } = context
  if (input.kind === "restore") return { kind: "refused", code: "NOT_SUPPORTED" }
  if (input.kind === "accept") {
    const decoded = frames.decode(input.invite)
    if (decoded.kind !== "frame" || decoded.frame.kind !== "invite")
      return { kind: "refused", code: "INVITE_MALFORMED" }
    const { root, chain, next } = decoded.frame
    return {
      kind: "next",
      conversation: context.conversationId({ from: "secret", secret: idSecret(context, root, input.from) }),
      patch: { founding: { self: self.participant, author: input.from, root }, place: { chain, next } },
      effects: [{ kind: "listen", add: [{ topic: topicOf(crypto, root) }], drop: [] }],
    }
  }
  if (input.first !== undefined) return { kind: "refused", code: "FIRST_NOT_SUPPORTED" }
  const root = context.random(32)
  const place = { chain: context.random(32), next: 1 }
  return {
    kind: "next",
    conversation: context.conversationId({ from: "secret", secret: idSecret(context, root, self.participant) }),
    patch: {
      founding: { self: self.participant, author: self.participant, root },
      place,
      readers: new Map(input.peers.map(({ participant }) => [participant, place.next])),
    },
    effects: input.peers.map(({ participant }) => inviteTo(participant, root, place)),
  }
}

/** Some carrier brings it: an open conversation with that person, or the introduction that was given. */
export function inviteTo(to: Participant, root: Uint8Array, place: Place, introduction?: Uint8Array): BulletinEffect {
  const body = frames.encode({ kind: "invite", root, ...place })
  const parcel = { type: "BulletinV1" as TypeId, kind: "invite" as const, body }
  return { kind: "carry", to, parcel, ...(introduction === undefined ? {} : { introduction }) }
}

/** Bound to the author, so that a reader who passes `root` on under his own name founds another channel. */
function idSecret({ crypto }: Context, root: Uint8Array, author: Participant): Uint8Array {
  return crypto.hash(participantKey(author), 32, root)
}

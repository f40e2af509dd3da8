import {
  ColloquyError,
  concat,
  inboxTopics,
  lengthPrefixed,
  type Participant,
  participantFromKey,
  participantKey,
  parseTopic,
  fromUtf8,
  type Refused,
  type Start,
  type StartContext,
  type Topic,
  StateReader,
  le64,
} from "@colloquy/core"
import { deadlineOf, freshLink, lamportMax } from "@colloquy/reliability"
import { freshCount } from "./count.js"
import { deadline, wakeAt } from "./deadline.js"
import { firstAfterMs } from "./introductions.js"
import { noIntroductions } from "./introductions-state.js"
import { suiteOf } from "./keys.js"
import { refused } from "./refusals.js"
import { initiate } from "./reset.js"
import { routesOf } from "./routes.js"
import type { PrivateStarted } from "./start.js"
import { freshPieces, makeBond, type PrivateState } from "./state.js"

interface Backup {
  readonly self: Participant
  readonly peer: Participant
  readonly peerTopic: Topic
  readonly epoch: number
  readonly sequence: number
  readonly heard: number
  readonly lamport: number
  readonly introductions: readonly Uint8Array[]
}

const version = 1

/**
 * PV1-41: `01 ‖ ED of this account ‖ ED of the peer ‖ LE64 of epoch, sequence, heard and Lamport time ‖ LP(peer's topic)`, then LP of each introduction of the
 * peer's. It names the two people, and holds no key of the conversation.
 */
export function backup({ bond, session, link, gaps, introductions }: PrivateState): Uint8Array {
  // Nothing that we may not have is claimed as heard.
  const heard = Math.min(link.heard, ...[...gaps.keys()].map(Number))
  return concat(
    Uint8Array.of(version),
    participantKey(bond.self),
    participantKey(bond.peer),
    ...[session.epoch, link.sequence, heard, link.lamport].map(le64),
    lengthPrefixed(bond.peerTopic, ...introductions.peer),
  )
}

/** PV1-41: goes on with a conversation of a backup, in a new session. */
export function restore(
  { conversation, backup }: Extract<Start, { readonly kind: "restore" }>,
  context: StartContext,
): PrivateStarted {
  const { self, nowMs, crypto } = context
  const saved = readBackup(backup)
  if (saved.kind === "refused") return saved
  if (saved.self !== self.participant) return refused("PV1_BACKUP")
  const empty = new Uint8Array(32)
  const people = { self: saved.self, peer: saved.peer, ownTopic: self.inboxTopic, peerTopic: saved.peerTopic }
  const count = freshCount(nowMs, saved.sequence)
  const { heard, lamport } = saved
  const link = { ...freshLink, sequence: count, unacknowledgedFrom: count, keptFrom: count, heard, lamport }
  const begun = initiate(
    {
      bond: makeBond({ conversation, ...people, outgoing: empty, incoming: empty }),
      session: { id: new Uint8Array(16), epoch: saved.epoch, automaticAtMs: 0, invite: null },
      link,
      introductions: { ...noIntroductions, peer: saved.introductions, dueAtMs: nowMs + firstAfterMs },
    },
    "restored",
    context,
  )
  if (begun.kind === "refused") return begun
  const { bond, ratchet, session, introductions } = begun
  const pieces = { ...freshPieces, link, session, introductions }
  const add = routesOf(suiteOf(crypto), ratchet, new Map(), bond.ownTopic)
  return {
    kind: "next",
    conversation,
    patch: { ...pieces, bond, ...ratchet },
    effects: [{ kind: "listen", add, drop: [] }, ...begun.effects],
    ...wakeAt(deadline(deadlineOf(link, true), pieces, {}, true)),
  }
}

function readBackup(bytes: Uint8Array): ({ readonly kind: "saved" } & Backup) | Refused {
  try {
    const reader = new StateReader(bytes, 1)
    if (reader.take(1)[0] !== version) return refused("PV1_BACKUP")
    const [self, peer] = [participantFromKey(reader.take(32)), participantFromKey(reader.take(32))]
    const [epoch, sequence, heard, lamport] = [reader.le64(), reader.le64(), reader.le64(), reader.le64()]
    if (Math.max(epoch, sequence, heard, lamport) > lamportMax) return refused("PV1_BACKUP")
    const peerTopic = parseTopic(fromUtf8(reader.prefixed()) ?? "")?.topic
    const introductions: Uint8Array[] = []
    while (!reader.isDone) introductions.push(reader.prefixed())
    if (peerTopic === undefined || !inboxTopics.permits(peerTopic) || self === peer) return refused("PV1_BACKUP")
    return { kind: "saved", self, peer, peerTopic, epoch, sequence, heard, lamport, introductions }
  } catch (error) {
    if (error instanceof ColloquyError) return refused("PV1_BACKUP")
    throw error
  }
}

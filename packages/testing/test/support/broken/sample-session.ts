import {
  concat,
  type Context,
  type ConversationId,
  type Effect,
  equalBytes,
  fromHex,
  type Hint,
  le32,
  le64,
  lengthPrefixed,
  type MessageId,
  messageIdFromBytes,
  type Next,
  type Participant,
  participantKey,
  type Route,
  toHex,
  type Vocabulary,
} from "@colloquy/core"
import type { Flaws } from "./flaws.js"
import { advance, boundTo, hintOf, isStatic, nextKey, openBody, sealBody } from "./sample-keys.js"
import type { Bond, Chain, Log, SamplePatch, SampleState, Skipped, Turn } from "./sample-state.js"

export type SampleEffect = Effect<Vocabulary>
type Draft = { -readonly [K in keyof SamplePatch]: SamplePatch[K] }

const windowMax = 8
const ownSignatureBytes = 64
const skippedKeptMs = 7 * 24 * 3_600_000
const acknowledgement = 1
const content = 2

/** One step under way: pieces that change, and what comes of it. */
export class Session {
  readonly effects: SampleEffect[] = []
  readonly wipe: Uint8Array[] = []
  readonly #context: Context
  readonly #flaws: Flaws
  readonly #conversation: ConversationId
  readonly #bond: Bond
  readonly #before: readonly Route[]
  #turn: Turn
  #log: Log
  readonly #receiving: Map<string, Chain>
  readonly #skipped: Map<string, Skipped>
  readonly #hoard = new Map<string, Uint8Array>()
  readonly #was: SampleState

  constructor(context: Context, flaws: Flaws, conversation: ConversationId, state: SampleState) {
    this.#context = context
    this.#flaws = flaws
    this.#conversation = conversation
    this.#was = state
    this.#bond = state.bond
    this.#turn = state.turn
    this.#log = state.log
    this.#receiving = new Map(state.receiving)
    this.#skipped = new Map(state.skipped)
    this.#before = routesOf(context, flaws, state)
  }

  say(text: Uint8Array): void {
    const { sequence, lamport } = this.#log
    const { nowMs } = this.#context
    const at = this.#flaws.has("deaf-clock") ? sequence + 1 : lamport + 1
    this.#log = {
      ...this.#log,
      sequence: sequence + 1,
      lamport: Math.max(lamport, at),
      unacknowledged: [...this.#log.unacknowledged, sequence],
    }
    const message = this.#idOf(this.#bond.self, sequence)
    this.effects.push({ kind: "sent", message, lamport: at, sentAtMs: nowMs })
    const payload = this.#seal(
      concat(Uint8Array.of(content), le64(sequence), le64(at), le64(nowMs), this.#signed(text)),
      text,
    )
    this.effects.push({ kind: "publish", topic: this.#bond.peerTopic, ...payload, message })
  }

  /** The code of a refusal, or nothing. */
  receive(topic: Route["topic"], hint: Hint | undefined, payload: Uint8Array): string | undefined {
    if (hint?.length !== 16) return "HINT"
    const found = this.#locate(hint)
    if (found === undefined) return "HINT"
    const { crypto } = this.#context
    const additional = concat(
      boundTo(this.#context, this.#flaws, this.#conversation, topic, this.#bond, "in"),
      isStatic(this.#flaws) ? new Uint8Array(16) : hint,
    )
    const body = openBody(this.#context, this.#flaws, found.key, payload, additional)
    if (body === undefined || (body.length < 37 + 16 && !this.#flaws.has("malleable"))) return "FORGED"
    if (!this.#isSigned(body)) return "FORGED"
    if (!this.#flaws.has("keeps-open")) found.keep()
    this.#hoardKey(found.key)
    this.wipe.push(found.key)
    this.#turnTo(found.index, body.slice(0, 32), numberAt(body, 32, 4))
    const acknowledged = 36 + 8 + 1 + 8 * (body[44] ?? 0)
    this.#acknowledged(
      numberAt(body, 36, 8),
      Array.from({ length: body[44] ?? 0 }, (_, i) => numberAt(body, 45 + 8 * i, 8)),
    )
    if (body[acknowledged] === content) this.#deliver(body.subarray(acknowledged + 1))
    crypto.wipe(body)
    return undefined
  }

  finish(): Next<SamplePatch, SampleEffect> {
    const patch: Draft = { turn: this.#turn, log: this.#log }
    patch.receiving = changes(this.#was.receiving, this.#receiving)
    patch.skipped = changes(this.#was.skipped, this.#skipped)
    if (this.#hoard.size > 0) patch.hoard = this.#hoard
    const state = { ...this.#was, turn: this.#turn, receiving: this.#receiving, skipped: this.#skipped }
    const after = routesOf(this.#context, this.#flaws, state)
    const key = ({ hint }: Route): string => toHex(hint ?? new Uint8Array())
    const [before, now] = [new Set(this.#before.map(key)), new Set(after.map(key))]
    const listen: SampleEffect = {
      kind: "listen",
      add: after.filter((route) => !before.has(key(route))),
      drop: this.#before.filter((route) => !now.has(key(route))),
    }
    const wakeAtMs = this.#flaws.has("keeps-skipped") ? undefined : wakeOf(this.#skipped)
    return {
      kind: "next",
      patch,
      effects: [listen, ...this.effects],
      wipe: this.wipe,
      ...(wakeAtMs === undefined ? {} : { wakeAtMs }),
    }
  }

  /** Keys of payloads that never came. */
  sweep(): void {
    if (this.#flaws.has("keeps-skipped")) return
    for (const [row, { keptUntilMs }] of this.#skipped)
      if (keptUntilMs <= this.#context.nowMs) this.#skipped.delete(row)
  }

  #seal(rest: Uint8Array, text: Uint8Array): { readonly hint: Hint; readonly payload: Uint8Array } {
    const { crypto } = this.#context
    const sending = this.#turn.sending ?? this.#begin()
    const { key, chain } = nextKey(crypto, this.#flaws, sending)
    const hint = hintOf(crypto, this.#flaws, sending, sending.next)
    const { heard, besides } = this.#log
    const shown = this.#flaws.has("acknowledges-all") ? Math.max(heard, ...besides.map((number) => number + 1)) : heard
    const listed = besides.slice(0, 16)
    const body = concat(
      this.#turn.ownPublic,
      le32(this.#turn.previous),
      le64(this.#flaws.has("silent") ? 0 : shown),
      Uint8Array.of(listed.length),
      ...listed.map(le64),
      rest,
    )
    const additional = concat(
      boundTo(this.#context, this.#flaws, this.#conversation, this.#bond.peerTopic, this.#bond, "out"),
      isStatic(this.#flaws) ? new Uint8Array(16) : hint,
    )
    const { tag: secret, initiator } = this.#bond
    const payload = sealBody(this.#context, this.#flaws, key, body, additional, {
      number: this.#log.sequence,
      secret,
      initiator,
      text,
    })
    this.#hoardKey(key)
    this.#turn = { ...this.#turn, sending: chain }
    return { hint, payload }
  }

  /** A chain of one's own, from a new key pair and the peer's last one; and what the peer's next one will be. */
  #begin(): Chain {
    const { crypto } = this.#context
    const { root, own, ownPublic, peer } = this.#turn
    const index = Math.max(...Array.from(this.#receiving.values(), (chain) => chain.index)) + 1
    const step = advance(crypto, this.#flaws, root, own, peer)
    const pair = this.#flaws.has("same-key-pair")
      ? { secretKey: own, publicKey: ownPublic }
      : crypto.agreementKeyPair(
          this.#flaws.has("derived-key-pairs")
            ? crypto.hash(Uint8Array.of(1), 32, step.root)
            : this.#context.random(32),
        )
    const sending = { index, key: step.chain, hintKey: step.hints, next: 0 }
    const answer = advance(crypto, this.#flaws, step.root, pair.secretKey, peer)
    if (this.#flaws.has("keeps-roots"))
      for (const kept of [root, step.chain, answer.chain]) this.#hoard.set(`root ${toHex(crypto.hash(kept, 16))}`, kept)
    this.#receiving.set(String(index + 1), { index: index + 1, key: answer.chain, hintKey: answer.hints, next: 0 })
    this.#turn = { ...this.#turn, root: answer.root, own: pair.secretKey, ownPublic: pair.publicKey }
    return sending
  }

  /** The first message of a chain of the peer's ends one's own, and says how long the peer's last one was. */
  #turnTo(index: number, peer: Uint8Array, previous: number): void {
    if (isStatic(this.#flaws)) return
    const { sending } = this.#turn
    if (sending === null || index <= sending.index) return
    const old = this.#receiving.get(String(index - 2))
    if (old !== undefined) {
      this.#skip(old, Math.min(previous, old.next + 64))
      this.#receiving.delete(String(index - 2))
    }
    this.#turn = { ...this.#turn, peer, sending: null, previous: sending.next }
  }

  #skip(chain: Chain, until: number): Chain {
    let at = chain
    while (at.next < until) {
      const hint = hintOf(this.#context.crypto, this.#flaws, at, at.next)
      const step = nextKey(this.#context.crypto, this.#flaws, at)
      this.#skipped.set(toHex(hint), { key: step.key, keptUntilMs: this.#context.nowMs + skippedKeptMs })
      at = step.chain
    }
    return at
  }

  #locate(hint: Hint): { readonly key: Uint8Array; readonly index: number; keep(): void } | undefined {
    const { crypto } = this.#context
    const row = toHex(hint)
    const skipped = this.#skipped.get(row)
    if (skipped !== undefined) return { key: skipped.key.slice(), index: -1, keep: () => this.#skipped.delete(row) }
    for (const chain of this.#receiving.values())
      for (let number = chain.next; number < chain.next + windowMax; number++) {
        if (!equalBytes(hintOf(crypto, this.#flaws, chain, number), hint)) continue
        let at = chain
        while (at.next < number) at = nextKey(crypto, this.#flaws, at).chain
        const { key, chain: behind } = nextKey(crypto, this.#flaws, at)
        const keep = (): void => {
          this.#skip(chain, number)
          this.#receiving.set(String(chain.index), behind)
        }
        return { key, index: chain.index, keep }
      }
    return undefined
  }

  #acknowledged(below: number, besides: readonly number[]): void {
    const known = this.#log.unacknowledged.filter((number) => number < below || besides.includes(number))
    for (const number of known)
      this.effects.push({
        kind: "fate",
        message: this.#idOf(this.#bond.self, number),
        fate: "acknowledged",
        by: this.#bond.peer,
      })
    this.#log = { ...this.#log, unacknowledged: this.#log.unacknowledged.filter((number) => !known.includes(number)) }
  }

  #deliver(rest: Uint8Array): void {
    const sequence = numberAt(rest, 0, 8)
    const { heard, besides } = this.#log
    const isKnown = sequence < heard || besides.includes(sequence)
    if (isKnown && !this.#flaws.has("keeps-open")) return
    const from = this.#bond.peer
    const message = this.#idOf(from, sequence)
    const silent = this.#flaws.has("silent") || this.#flaws.has("acknowledges-all")
    const highest = Math.max(heard - 1, ...besides)
    for (let missing = highest + 1; missing < sequence && !silent; missing++)
      this.effects.push({ kind: "fate", message: this.#idOf(from, missing), fate: "missing", by: from })
    if (sequence < highest && !silent) this.effects.push({ kind: "fate", message, fate: "recovered", by: from })
    const at = this.#flaws.has("arrival-order") ? this.#log.lamport + 1 : numberAt(rest, 8, 8)
    this.effects.push({
      kind: "deliver",
      message,
      from,
      lamport: at,
      sentAtMs: numberAt(rest, 16, 8),
      content: rest.slice(24 + (this.#signs ? ownSignatureBytes : 0)),
    })
    const all = new Set([...besides, sequence])
    let below = heard
    while (all.delete(below)) below++
    this.#log = { ...this.#log, heard: below, besides: [...all], lamport: Math.max(this.#log.lamport, at) }
    if (!this.#flaws.has("silent"))
      this.effects.push({
        kind: "publish",
        topic: this.#bond.peerTopic,
        ...this.#seal(Uint8Array.of(acknowledgement, ...new Uint8Array(16)), this.#context.random(16)),
      })
  }

  get #signs(): boolean {
    return this.#flaws.has("signs") || this.#flaws.has("signs-hash")
  }

  #signed(text: Uint8Array): Uint8Array {
    const { crypto, self } = this.#context
    if (!this.#signs) return text
    return concat(self.sign(this.#flaws.has("signs") ? text : crypto.hash(text, 32)), text)
  }

  #isSigned(body: Uint8Array): boolean {
    const said = body.subarray(45 + 8 * (body[44] ?? 0))
    if (!this.#signs || said[0] !== content) return true
    const { crypto } = this.#context
    const [signature, text] = [said.slice(25, 25 + ownSignatureBytes), said.slice(25 + ownSignatureBytes)]
    const signed = this.#flaws.has("signs") ? text : crypto.hash(text, 32)
    return crypto.verify(participantKey(this.#bond.peer), signed, signature)
  }

  #idOf(sender: Participant, sequence: number): MessageId {
    const parts = lengthPrefixed("sample/id", this.#conversation, participantKey(sender), le64(sequence))
    return messageIdFromBytes(this.#context.crypto.hash(parts, 16))
  }

  #hoardKey(key: Uint8Array): void {
    const name = toHex(this.#context.crypto.hash(key, 16))
    if (this.#flaws.has("keeps-keys")) this.#hoard.set(`key ${name}`, key.slice())
    if (this.#flaws.has("keeps-in-hex")) this.#hoard.set(`key ${toHex(key)}`, new Uint8Array(0))
  }
}

/** Everywhere that a state expects payloads. */
export function routesOf(
  { crypto }: Context,
  flaws: Flaws,
  { bond, receiving, skipped }: Pick<SampleState, "bond" | "receiving" | "skipped">,
): readonly Route[] {
  const hints = [...receiving.values()].flatMap((chain) =>
    Array.from({ length: windowMax }, (_, i) => hintOf(crypto, flaws, chain, chain.next + i)),
  )
  const kept = Array.from(skipped.keys(), (row) => fromHex(row) as Hint)
  return [...hints, ...kept].map((hint) => ({ topic: bond.ownTopic, hint }))
}

function wakeOf(skipped: ReadonlyMap<string, Skipped>): number | undefined {
  const times = Array.from(skipped.values(), ({ keptUntilMs }) => keptUntilMs)
  return times.length === 0 ? undefined : Math.min(...times)
}

function changes<T>(was: ReadonlyMap<string, T>, now: ReadonlyMap<string, T>): Map<string, T | undefined> {
  const patch = new Map<string, T | undefined>()
  for (const [row, value] of now) if (was.get(row) !== value) patch.set(row, value)
  for (const row of was.keys()) if (!now.has(row)) patch.set(row, undefined)
  return patch
}

function numberAt(bytes: Uint8Array, at: number, width: number): number {
  let number = 0
  for (let i = width - 1; i >= 0; i--) number = number * 256 + (bytes[at + i] ?? 0)
  return number
}

import { type Next, parseTopic, type Shape } from "@colloquy/core"
import { advanceSending, sealMessage } from "@colloquy/crypto"
import { suiteOf } from "../../../../packages/conversation-private/src/keys.js"
import { pad } from "../../../../packages/conversation-private/src/padding.js"
import { privateState, ratchetOf } from "../../../../packages/conversation-private/src/state.js"
import type { AnyEffect, Flying, Party } from "../../../../packages/conversation-private/test/harness.js"
import { must } from "../../target.js"
import { crypto } from "./bytes.js"
import { stateOf } from "./private.js"
import { FuzzError } from "../../fuzz-error.js"

/** A party as it is now, to go back to. */
export class Frozen {
  readonly #party: Party
  readonly #which: "talk" | "resident"
  readonly #instance: Party["talk"]
  readonly #id: Party["talk"]["id"]
  readonly #stored: Map<string, Uint8Array>
  readonly #expected: readonly string[]
  readonly #wakeAtMs: number | undefined
  readonly #nowMs: number

  constructor(party: Party, which: "talk" | "resident" = "talk") {
    this.#party = party
    this.#which = which
    this.#instance = party[which]
    this.#id = this.#instance.id
    this.#stored = this.#instance.stored()
    this.#expected = [...this.#instance.expected]
    this.#wakeAtMs = this.#instance.wakeAtMs
    this.#nowMs = party.nowMs
  }

  restore(): void {
    const instance = this.#instance
    if (this.#which === "talk") this.#party.talk = instance
    instance.id = this.#id
    instance.reload(this.#stored)
    instance.expected.clear()
    for (const hint of this.#expected) instance.expected.add(hint)
    instance.wakeAtMs = this.#wakeAtMs
    this.#party.nowMs = this.#nowMs
  }
}

/** The peer, who knows his own ratchet and holds to nothing. */
export class Peer {
  readonly #party: Party

  constructor(party: Party) {
    this.#party = party
  }

  /** A payload under the next number of his chain that says whatever he wants it to; `undefined` for what no bucket holds. */
  seal(plaintext: Uint8Array): Flying | undefined {
    const padded = pad(plaintext)
    if (padded === undefined) return undefined
    const { bond } = stateOf(this.#party)
    const random = this.#party.random ?? ((bytes) => new Uint8Array(bytes))
    const sealed = sealMessage(suiteOf(crypto), ratchetOf(stateOf(this.#party)), padded, bond.outgoing, random)
    padded.fill(0)
    if (sealed === undefined) return undefined
    const patch = sealed.root === undefined ? {} : { root: sealed.root }
    Object.assign(this.#party.talk.state, { ...patch, sending: sealed.sending })
    return { topic: bond.peerTopic, hint: sealed.hint, payload: sealed.payload }
  }

  /** On to a number that the other expects although he has heard none of those before. */
  leap(number: number): void {
    const { sending } = stateOf(this.#party)
    if (sending === null) return
    const at = Math.ceil((sending.next + 1) / number) * number
    Object.assign(this.#party.talk.state, { sending: advanceSending(suiteOf(crypto), sending, at) })
  }
}

const publishesMax = 262
const publishedBytesMax = 2 * 1024 * 1024 + 262 * 1024

/** What no step may do, whatever it was given. `outcome` has been applied. */
export function checkOutcome(outcome: Next<Record<string, unknown>, AnyEffect>, party: Party): void {
  const { effects, wakeAtMs } = outcome
  must(wakeAtMs === undefined || (Number.isSafeInteger(wakeAtMs) && wakeAtMs >= 0), `wakes at ${wakeAtMs}`)
  let publishes = 0
  let bytes = 0
  for (const effect of effects) {
    if (effect.kind === "publish") {
      publishes++
      bytes += effect.payload.length
      must(parseTopic(effect.topic) !== undefined && effect.hint?.length === 16, "a publication has no topic or hint")
    }
    if (effect.kind === "deliver" || effect.kind === "sent") {
      const { lamport, sentAtMs } = effect
      must(Number.isSafeInteger(lamport) && lamport >= 0 && lamport < 2 ** 49, `a Lamport time of ${lamport}`)
      must(Number.isSafeInteger(sentAtMs) && sentAtMs >= 0, `sent at ${sentAtMs}`)
    }
  }
  must(publishes <= publishesMax && bytes <= publishedBytesMax, `${publishes} publications of ${bytes} bytes`)
  must(effects.length <= 2000, `${effects.length} effects`)
  for (const [name, piece] of Object.entries(privateState as Shape))
    if (piece.kind === "table") {
      const { size } = party.talk.state[name] as ReadonlyMap<string, unknown>
      must(size <= piece.rowsMax, `${size} rows in ${name}`)
    }
  for (const [name, change] of Object.entries(outcome.patch)) {
    const piece = (privateState as Shape)[name]
    if (piece === undefined) throw new FuzzError("BROKEN", `no piece ${name}`)
    const values =
      piece.kind === "cell" ? [party.talk.state[name]] : [...(change as ReadonlyMap<string, unknown>).values()]
    for (const value of values)
      if (value !== undefined) piece.codec.decode(piece.codec.encode(value), piece.codec.version)
  }
}

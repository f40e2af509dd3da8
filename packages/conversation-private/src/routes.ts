import { equalBytes, fromHex, type Hint, type ListenEffect, type Route, toHex, type Topic } from "@colloquy/core"
import {
  type Ratchet,
  ratchetHint,
  type RatchetOpened,
  type RatchetPosition,
  type RatchetSuite,
  type SkippedKeys,
  type SkippedPatch,
} from "@colloquy/crypto"
import { expectedNumbers, farNumbers, moveWindow, nearEnd } from "./hint-window.js"

/** Every hint that a session expects (PV1-20). */
export function routesOf(suite: RatchetSuite, ratchet: Ratchet, skipped: SkippedKeys, topic: Topic): readonly Route[] {
  const { root, receiving } = ratchet
  const hints: Hint[] = []
  if (root.receivingHeader !== null && receiving !== null)
    hints.push(...hintsOf(suite, root.receivingHeader.key, expectedNumbers(receiving.next)))
  if (root.own !== null) hints.push(...hintsOf(suite, root.nextReceivingHeaderKey, expectedNumbers(0)))
  for (const row of skipped.keys()) hints.push(fromHex(row) as Hint)
  return hints.map((hint) => ({ topic, hint }))
}

/**
 * Where a hint stands, likeliest first; `undefined` when it is not expected. At most 38 hashes, for whoever knows a hint that is expected:
 * others don't reach the conversation.
 */
export function locateHint(
  suite: RatchetSuite,
  ratchet: Ratchet,
  skipped: SkippedKeys,
  hint: Uint8Array,
): RatchetPosition | undefined {
  const { root, receiving } = ratchet
  const currentKey = root.receivingHeader === null || receiving === null ? undefined : root.receivingHeader.key
  const next = receiving === null ? 0 : receiving.next
  if (currentKey !== undefined && isHint(suite, currentKey, next, hint)) return { chain: "current", number: next }
  const nextKey = root.own === null ? undefined : root.nextReceivingHeaderKey
  if (nextKey !== undefined && isHint(suite, nextKey, 0, hint)) return { chain: "next", number: 0 }
  if (skipped.size > 0) {
    const row = toHex(hint)
    if (skipped.has(row)) return { chain: "skipped", row }
  }
  const far = (key: Uint8Array, from: number): number | undefined => {
    for (let number = from + 1; number < nearEnd(from); number++) if (isHint(suite, key, number, hint)) return number
    return farNumbers(from).find((number) => isHint(suite, key, number, hint))
  }
  let number = currentKey === undefined ? undefined : far(currentKey, next)
  if (number !== undefined) return { chain: "current", number }
  number = nextKey === undefined ? undefined : far(nextKey, 0)
  return number === undefined ? undefined : { chain: "next", number }
}

/** What to listen for from now on, and no more, after a message was opened. `hint` is consumed. */
export function listenAfterOpening(
  suite: RatchetSuite,
  before: Ratchet,
  position: RatchetPosition,
  opened: RatchetOpened,
  hint: Uint8Array,
  topic: Topic,
): ListenEffect {
  const change = new ListenChange(suite, topic, opened.skipped)
  const { root, receiving } = before
  const current = root.receivingHeader === null || receiving === null ? undefined : root.receivingHeader.key
  if (opened.receiving !== undefined && position.chain === "current" && current !== undefined)
    change.move(current, receiving?.next ?? 0, opened.receiving.next, position.number, hint)
  if (opened.receiving !== undefined && position.chain === "next") {
    if (current !== undefined) change.dropAll(current, receiving?.next ?? 0)
    change.move(root.nextReceivingHeaderKey, 0, opened.receiving.next, position.number, hint)
  }
  return change.finish()
}

/** What to listen for besides, once a message of ours begins a chain and the peer can answer with his. */
export function listenAfterTurn(suite: RatchetSuite, nextReceivingHeaderKey: Uint8Array, topic: Topic): ListenEffect {
  const add = hintsOf(suite, nextReceivingHeaderKey, expectedNumbers(0)).map((hint) => ({ topic, hint }))
  return { kind: "listen", add, drop: [] }
}

/** Drops the hints of rows that are deleted. */
export function listenAfterSweep(patch: SkippedPatch, topic: Topic): ListenEffect {
  return { kind: "listen", add: [], drop: [...patch.keys()].map((row) => ({ topic, hint: fromHex(row) as Hint })) }
}

class ListenChange {
  readonly #suite: RatchetSuite
  readonly #topic: Topic
  readonly #skipped: SkippedPatch | undefined
  readonly #add: Route[] = []
  readonly #drop: Route[] = []

  constructor(suite: RatchetSuite, topic: Topic, skipped: SkippedPatch | undefined) {
    this.#suite = suite
    this.#topic = topic
    this.#skipped = skipped
  }

  /** The window of a chain goes from `before` to `after`; `hint`, of number `consumed`, is known already. */
  move(key: Uint8Array, before: number, after: number, consumed: number, hint: Uint8Array): void {
    const { added, dropped } = moveWindow(before, after)
    for (const number of added) this.#add.push({ topic: this.#topic, hint: ratchetHint(this.#suite, key, number) })
    for (const number of dropped)
      if (number === consumed) this.#dropHint(hint)
      else this.#dropUnlessKept(ratchetHint(this.#suite, key, number))
  }

  dropAll(key: Uint8Array, next: number): void {
    for (const number of expectedNumbers(next)) this.#dropUnlessKept(ratchetHint(this.#suite, key, number))
  }

  finish(): ListenEffect {
    if (this.#skipped !== undefined)
      for (const [row, key] of this.#skipped) {
        const hint = fromHex(row) as Hint
        if (key === undefined) this.#dropHint(hint)
        else this.#add.push({ topic: this.#topic, hint })
      }
    return { kind: "listen", add: this.#add, drop: this.#drop }
  }

  /** A number that was passed over is still expected, by its skipped key. */
  #dropUnlessKept(hint: Hint): void {
    if (this.#skipped?.get(toHex(hint)) === undefined) this.#dropHint(hint)
  }

  #dropHint(hint: Uint8Array): void {
    this.#drop.push({ topic: this.#topic, hint: hint as Hint })
  }
}

function hintsOf(suite: RatchetSuite, key: Uint8Array, numbers: readonly number[]): readonly Hint[] {
  return numbers.map((number) => ratchetHint(suite, key, number))
}

function isHint(suite: RatchetSuite, key: Uint8Array, number: number, hint: Uint8Array): boolean {
  return equalBytes(ratchetHint(suite, key, number), hint)
}

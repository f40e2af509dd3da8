import { toHex } from "@colloquy/core"
import type { Match } from "./byte-strings.js"
import type { Need, Rule, RuleBook } from "./rules.js"

/** Where some bytes of a value came from. */
type Origin = { readonly kind: "given"; readonly from: string } | { readonly kind: "rule"; readonly rule: Rule }

/**
 * What one attacker knows, and what follows from it. Give him what he has, then `close`: he computes whatever the rules let him compute.
 */
export class Knowledge {
  readonly #book: RuleBook
  /** For each byte of a value the number of its origin, 0 while it is unknown. */
  readonly #masks = new Map<number, Uint32Array>()
  readonly #origins: Origin[] = [{ kind: "given", from: "" }]
  readonly #queue: number[]
  readonly #waiting: boolean[]
  readonly #fired = new Set<Rule>()
  /** Values that don't become known by standing in what was given. */
  readonly #unseen: ReadonlySet<number>

  /** `unseen`: byte strings that count as known only when a rule gives them. */
  constructor(book: RuleBook, unseen: readonly Uint8Array[] = []) {
    this.#book = book
    this.#queue = book.rules.map((_, index) => index)
    this.#waiting = book.rules.map(() => true)
    this.#unseen = new Set(unseen.map((bytes) => book.strings.intern(bytes)))
  }

  /** `from` stands in explanations. */
  give(bytes: Uint8Array, from: string): void {
    this.#learn(this.#book.strings.intern(bytes), { kind: "given", from })
  }

  close(): this {
    for (;;) {
      const index = this.#queue.pop()
      if (index === undefined) return this
      this.#waiting[index] = false
      const rule = this.#book.rules[index] as Rule
      if (this.#fired.has(rule) || !rule.needs.every((need) => this.#knowsNeed(need))) continue
      this.#fired.add(rule)
      for (const text of rule.gives) this.#learn(text, { kind: "rule", rule })
    }
  }

  /** Whether he can write these bytes down, all that is secret in them. */
  knows(bytes: Uint8Array): boolean {
    return this.#knowsNeed(this.#need(bytes))
  }

  /** The byte strings that rules gave him: plaintexts, keys, hashes. */
  *gained(): Generator<{ readonly bytes: Uint8Array; readonly operation: Rule["operation"] }> {
    for (const { gives, operation } of this.#fired)
      for (const text of gives) yield { bytes: this.#book.strings.bytes(text), operation }
  }

  get rulesUsed(): number {
    return this.#fired.size
  }

  /** How he came to know something, from what was given on, at most this many steps: the last ones count. */
  explain(bytes: Uint8Array, stepsMax = 10): string {
    const steps: string[] = []
    const seen = new Set<Rule>()
    let need: Need | undefined = this.#need(bytes)
    while (need !== undefined) {
      const origin: Origin | undefined = this.#originOf(need)
      if (origin === undefined) break
      if (origin.kind === "given") {
        steps.push(origin.from)
        break
      }
      if (seen.has(origin.rule)) break
      seen.add(origin.rule)
      steps.push(describe(origin.rule))
      need = this.#mostSecret(origin.rule)
    }
    if (steps.length > stepsMax) steps.splice(stepsMax - 1, steps.length - stepsMax, `${steps.length - stepsMax} more`)
    return steps.reverse().join(" → ")
  }

  #need(bytes: Uint8Array): Need {
    const text = this.#book.strings.intern(bytes)
    return { text, matches: this.#book.strings.matches(text) }
  }

  #learn(text: number, origin: Origin): void {
    const number = this.#origins.push(origin) - 1
    const matches = this.#book.strings.matches(text)
    const unseen = origin.kind === "rule" ? [] : matches.filter(({ value }) => this.#unseen.has(value))
    for (const match of matches) {
      const { value, offset, length, scale } = match
      if (unseen.length === 0) this.#mark(value, offset, length / scale, number)
      else
        for (const part of without(match, unseen))
          this.#mark(value, offset + (part.at - match.at) / scale, part.length / scale, number)
    }
  }

  #mark(value: number, offset: number, length: number, origin: number): void {
    let mask = this.#masks.get(value)
    if (mask === undefined) this.#masks.set(value, (mask = new Uint32Array(this.#book.strings.bytes(value).length)))
    let isNew = false
    for (let i = offset; i < offset + length; i++)
      if (mask[i] === 0) {
        mask[i] = origin
        isNew = true
      }
    if (!isNew) return
    for (const index of this.#book.uses.get(value) ?? [])
      if (this.#waiting[index] !== true) {
        this.#waiting[index] = true
        this.#queue.push(index)
      }
  }

  #knowsNeed({ matches, text }: Need): boolean {
    if (matches.length === 0) return true
    const bytes = this.#book.strings.bytes(text)
    /** 1 for a byte that is part of a value, 2 for one that he knows. */
    const covered = new Uint8Array(bytes.length)
    for (const { at, length, value, offset, scale } of matches) {
      const mask = this.#masks.get(value)
      for (let i = 0; i < length; i++) {
        if (mask !== undefined && mask[offset + (scale === 1 ? i : i >> 1)] !== 0) covered[at + i] = 2
        else if (covered[at + i] === 0) covered[at + i] = 1
      }
    }
    for (let from = covered.indexOf(1); from >= 0;) {
      let to = from
      while (covered[to] === 1) to++
      if (isSecret(bytes.subarray(from, to))) return false
      from = covered.indexOf(1, to)
    }
    return true
  }

  /** Where the bytes in question first came from. */
  #originOf(need: Need): Origin | undefined {
    const age = this.#age(need)
    return age === 0 ? undefined : this.#origins[age]
  }

  #age({ matches }: Need): number {
    let first = 0
    for (const { value, offset, length, scale } of matches) {
      const known = this.#masks.get(value)?.subarray(offset, offset + length / scale)
      if (known === undefined || known.includes(0)) continue
      first = first === 0 ? (known[0] as number) : Math.min(first, known[0] as number)
    }
    return first
  }

  /** The need that explains the most: the key of an AEAD, else what became known last. */
  #mostSecret({ needs, operation }: Rule): Need | undefined {
    const secret = needs.filter(({ matches }) => matches.length > 0)
    if (operation.name !== "hash") return secret[0]
    return secret.sort((a, b) => this.#age(b) - this.#age(a))[0]
  }
}

/** A key is named by its first four bytes: enough to find it in a trace of test keys. */
function describe({ operation: { name, number, inputs } }: Rule): string {
  const key = inputs["key"] ?? inputs["secretKey"]
  return key === undefined ? `${name} #${number}` : `${name} #${number} under ${toHex(key.subarray(0, 4))}…`
}

/** What is left of a match outside of others in the same text. */
function without({ at, length }: Match, others: readonly Match[]): { at: number; length: number }[] {
  let parts = [{ at, length }]
  for (const other of others)
    parts = parts.flatMap((part) => {
      const end = part.at + part.length
      const from = Math.max(part.at, other.at)
      const to = Math.min(end, other.at + other.length)
      if (from >= to) return [part]
      return [
        { at: part.at, length: from - part.at },
        { at: to, length: end - to },
      ].filter((rest) => rest.length > 0)
    })
  return parts
}

/** Lengths and zeros beside a known value may stand beside it in an unknown one, too: what is left there is guessed. */
function isSecret(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && new Set(bytes).size >= 6
}

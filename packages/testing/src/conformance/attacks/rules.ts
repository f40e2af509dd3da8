import { type Crypto, type Participant, participantKey } from "@colloquy/core"
import type { CryptoTrace, Operation } from "../../laboratory/crypto-trace.js"
import { ByteStrings, type Match, secretBytesMin } from "./byte-strings.js"

/** One way to come from bytes to bytes: who knows all of `needs` knows what is given. Numbers are those of byte strings. */
export interface Rule {
  readonly operation: Operation
  readonly needs: readonly Need[]
  readonly gives: readonly number[]
}

/** A byte string, and the values whose parts it is made of. */
export interface Need {
  readonly text: number
  readonly matches: readonly Match[]
}

/** An AEAD on record: what a payload was sealed with. */
export interface Sealing {
  readonly operation: Operation
  readonly key: number
  readonly plaintext: number
  readonly ciphertext: number
}

export interface RuleBook {
  readonly strings: ByteStrings
  readonly rules: readonly Rule[]
  /** The rules that want a value, by its number. */
  readonly uses: ReadonlyMap<number, readonly number[]>
  readonly sealings: readonly Sealing[]
}

/** Who took part, and the seed of his identity, which stands for whatever is done with it. */
export interface Identity {
  readonly participant: Participant
  readonly seed: Uint8Array
}

/**
 * Dolev and Yao's attacker as rules over what was recorded: perfect primitives, and every other step of a protocol (cutting, joining, encoding)
 * free. Nonces and associated data are free, too. `secrets` are further byte strings that count as values: what was said.
 */
export function ruleBook(
  trace: CryptoTrace,
  identities: readonly Identity[],
  secrets: readonly Uint8Array[],
  crypto: Crypto,
): RuleBook {
  const strings = new ByteStrings()
  for (const secret of secrets) strings.addValue(secret)
  for (const { seed } of identities) strings.addValue(seed)
  for (const { outputs } of trace.operations)
    for (const output of Object.values(outputs)) if (output.length >= secretBytesMin) strings.addValue(output)
  addForeignKeys(strings, trace)
  const writer = new RuleWriter(strings, identities, crypto)
  for (const operation of trace.operations) writer.pairs(operation)
  for (const operation of trace.operations) writer.write(operation)
  return writer.finish()
}

/**
 * Keys that no recorded operation made: a type that computes them by other means. They are secrets that nobody can derive, only find. Words are
 * not: a label as a key is public.
 */
function addForeignKeys(strings: ByteStrings, trace: CryptoTrace): void {
  const foreign: Uint8Array[] = []
  for (const { inputs } of trace.operations)
    for (const field of ["key", "secretKey", "seed", "random", "password"]) {
      const key = inputs[field]
      if (key === undefined || key.length < secretBytesMin || strings.isValue(strings.intern(key))) continue
      if (looksRandom(key) && strings.scan(key).length === 0) foreign.push(key)
    }
  for (const key of foreign) strings.addValue(key)
}

function looksRandom(bytes: Uint8Array): boolean {
  return new Set(bytes).size > bytes.length / 2 && bytes.some((byte) => byte < 0x20 || byte > 0x7e)
}

class RuleWriter {
  readonly #strings: ByteStrings
  readonly #rules: Rule[] = []
  readonly #sealings: Sealing[] = []
  readonly #uses = new Map<number, number[]>()
  /** The secret halves by public key, and the public halves by secret key. */
  readonly #secretOf = new Map<number, number>()
  readonly #publicOf = new Map<number, number>()
  readonly #seedOf = new Map<Participant, number>()
  readonly #seedOfForm = new Map<number, number>()

  constructor(strings: ByteStrings, identities: readonly Identity[], crypto: Crypto) {
    this.#strings = strings
    for (const { participant, seed } of identities) {
      const number = strings.intern(seed)
      this.#seedOf.set(participant, number)
      const form = crypto.agreementPublicKey(participantKey(participant))
      if (form !== undefined) this.#seedOfForm.set(strings.intern(form), number)
    }
  }

  finish(): RuleBook {
    return { strings: this.#strings, rules: this.#rules, uses: this.#uses, sealings: this.#sealings }
  }

  /** Which secret belongs to which public key. */
  pairs({ name, outputs: { secretKey, publicKey } }: Operation): void {
    if (secretKey === undefined || publicKey === undefined) return
    if (name !== "agreementKeyPair" && name !== "kemKeyPair") return
    const [own, shown] = [this.#strings.intern(secretKey), this.#strings.intern(publicKey)]
    this.#secretOf.set(shown, own)
    this.#publicOf.set(own, shown)
  }

  write(operation: Operation): void {
    const { name, by } = operation
    const number = (bytes: Uint8Array | undefined): number | undefined =>
      bytes === undefined ? undefined : this.#strings.intern(bytes)
    const input = (field: string): number | undefined => number(operation.inputs[field])
    const output = (field: string): number | undefined => number(operation.outputs[field])
    const rule = (needs: readonly (number | undefined)[], gives: readonly (number | undefined)[]): void =>
      this.#add(operation, needs, gives)
    switch (name) {
      case "hash":
        this.#hash(operation)
        return
      case "seal":
      case "sealX":
      case "open":
      case "openX": {
        const key = input("key")
        const plaintext = input("plaintext") ?? output("plaintext")
        const ciphertext = input("ciphertext") ?? output("ciphertext")
        if (key === undefined || plaintext === undefined || ciphertext === undefined) return
        this.#sealings.push({ operation, key, plaintext, ciphertext })
        rule([key, ciphertext], [plaintext])
        if (name === "seal" || name === "sealX") rule([key, plaintext], [ciphertext])
        return
      }
      case "agreementKeyPair":
      case "kemKeyPair":
      case "signingKeyPair":
        rule([input("seed")], [output("secretKey"), output("publicKey")])
        rule([output("secretKey")], [output("publicKey")])
        return
      case "agree": {
        const [own, theirs] = [input("secretKey"), input("publicKey")]
        if (own === undefined || theirs === undefined) return
        rule([own, theirs], [output("shared")])
        const other = this.#secretOf.get(theirs) ?? this.#seedOfForm.get(theirs)
        rule([other, this.#publicOf.get(own)], [output("shared")])
        return
      }
      case "identity-agree": {
        const theirs = input("publicKey")
        rule([this.#seedOf.get(by), theirs], [output("shared")])
        rule([theirs === undefined ? undefined : this.#secretOf.get(theirs)], [output("shared")])
        return
      }
      case "identity-sign":
        rule([this.#seedOf.get(by), input("message")], [output("signature")])
        return
      case "sign":
        rule([input("secretKey"), input("message")], [output("signature")])
        return
      case "agreementPublicKey":
        rule([input("signingPublicKey")], [output("publicKey")])
        return
      case "agreementSecretKey":
        rule([input("signingSecretKey")], [output("secretKey")])
        return
      case "kemEncapsulate": {
        const theirs = input("publicKey")
        rule([theirs, input("random")], [output("ciphertext"), output("secret")])
        rule([theirs === undefined ? undefined : this.#secretOf.get(theirs), output("ciphertext")], [output("secret")])
        return
      }
      case "kemDecapsulate":
        rule([input("secretKey"), input("ciphertext")], [output("secret")])
        return
      case "passwordKey":
        rule([input("password"), input("salt")], [output("key")])
        return
      default:
        // Draws can't be computed, and comparing and verifying give nothing to know.
        return
    }
  }

  /** HMAC hides its key in a block of the message, under one of two masks. */
  #hash(operation: Operation): void {
    const { message, key } = operation.inputs
    const { hash } = operation.outputs
    if (message === undefined || hash === undefined) return
    const needs: Need[] = [this.#need(this.#strings.intern(message))]
    if (message.length >= 64)
      for (const mask of [0x36, 0x5c]) {
        const block = message.subarray(0, 128).map((byte) => byte ^ mask)
        const matches = this.#strings.scan(block)
        if (matches.length > 0) needs.push({ text: this.#strings.intern(block), matches })
      }
    if (key !== undefined) needs.push(this.#need(this.#strings.intern(key)))
    this.#keep({ operation, needs, gives: [this.#strings.intern(hash)] })
  }

  #add(operation: Operation, needs: readonly (number | undefined)[], gives: readonly (number | undefined)[]): void {
    const given = gives.filter((number) => number !== undefined)
    if (given.length === 0 || needs.includes(undefined)) return
    this.#keep({ operation, needs: (needs as number[]).map((text) => this.#need(text)), gives: given })
  }

  #keep(rule: Rule): void {
    const index = this.#rules.push(rule) - 1
    const values = new Set(rule.needs.flatMap(({ matches }) => matches.map(({ value }) => value)))
    for (const value of values) {
      const uses = this.#uses.get(value)
      if (uses === undefined) this.#uses.set(value, [index])
      else uses.push(index)
    }
  }

  #need(text: number): Need {
    return { text, matches: this.#strings.matches(text) }
  }
}

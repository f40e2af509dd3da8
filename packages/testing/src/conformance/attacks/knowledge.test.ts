import { concat, type Crypto, type Participant, toHex, utf8 } from "@colloquy/core"
import { identityFromSeed, loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Operation } from "../../laboratory/crypto-trace.js"
import { Recorder, recordingCrypto } from "../../laboratory/recording-crypto.js"
import { Knowledge } from "./knowledge.js"
import { ruleBook } from "./rules.js"

const crypto = await loadCrypto()
const saro = identityFromSeed(crypto, seeded("saro"))
const raya = identityFromSeed(crypto, seeded("raya"))

/** 32 bytes that stand for a random draw. */
function seeded(name: string | number): Uint8Array {
  return crypto.hash(utf8(`seed ${name}`), 32)
}

class Record {
  readonly recorder = new Recorder(true)
  readonly crypto: Crypto = recordingCrypto(crypto, this.recorder, saro.participant)

  note(name: Operation["name"], by: Participant, inputs: object, outputs: object): void {
    this.recorder.note(by, name, { ...inputs }, { ...outputs })
  }

  draw(name: string | number): Uint8Array {
    const drawn = seeded(name)
    this.note("random", saro.participant, {}, { drawn })
    return drawn
  }

  /** What someone knows who has these, and can compute. */
  attacker(given: readonly Uint8Array[], unseen: readonly Uint8Array[] = []): Knowledge {
    const identities = [
      { participant: saro.participant, seed: seeded("saro") },
      { participant: raya.participant, seed: seeded("raya") },
    ]
    const knowledge = new Knowledge(ruleBook(this.recorder, identities, unseen, crypto), unseen)
    for (const [i, bytes] of given.entries()) knowledge.give(bytes, `gift ${i + 1}`)
    return knowledge.close()
  }
}

describe("hashes", () => {
  test("lead forward and not back", () => {
    const record = new Record()
    const first = record.draw("root")
    const second = record.crypto.hash(utf8("next"), 32, first)
    const third = record.crypto.hash(utf8("next"), 32, second)
    expect(record.attacker([first]).knows(third)).toBe(true)
    expect(record.attacker([second]).knows(third)).toBe(true)
    expect(record.attacker([third]).knows(second)).toBe(false)
    expect(record.attacker([]).knows(third)).toBe(false)
  })

  test("of 64 bytes, one half does not tell the other", () => {
    const record = new Record()
    const both = record.crypto.hash(utf8("both"), 64, record.draw("chain"))
    const [message, chain] = [both.slice(0, 32), both.slice(32)]
    const ofMessage = record.crypto.hash(utf8("x"), 32, message)
    const ofChain = record.crypto.hash(utf8("x"), 32, chain)
    const attacker = record.attacker([concat(utf8("stored: "), chain)])
    expect(attacker.knows(ofChain)).toBe(true)
    expect(attacker.knows(ofMessage)).toBe(false)
    expect(attacker.knows(message)).toBe(false)
  })

  test("need the key and every secret part of the message", () => {
    const record = new Record()
    const [a, b] = [record.draw("a"), record.draw("b")]
    const both = record.crypto.hash(concat(utf8("label"), a), 32, b)
    expect(record.attacker([a]).knows(both)).toBe(false)
    expect(record.attacker([b]).knows(both)).toBe(false)
    expect(record.attacker([a, b]).knows(both)).toBe(true)
  })

  test("under a masked key, as HMAC has it, need that key", () => {
    const record = new Record()
    const key = record.draw("hmac")
    const block = new Uint8Array(128).fill(0x36)
    for (const [i, byte] of key.entries()) block[i] = byte ^ 0x36
    const digest = record.crypto.hash(concat(block, utf8("message")), 64)
    expect(record.attacker([]).knows(digest)).toBe(false)
    expect(record.attacker([key]).knows(digest)).toBe(true)
  })

  test("of what everybody knows are known to everybody", () => {
    const record = new Record()
    const digest = record.crypto.hash(concat(utf8("label"), saro.signingPublicKey), 32)
    expect(record.attacker([]).knows(digest)).toBe(true)
  })
})

describe("what is found", () => {
  test("may be written in hexadecimal digits", () => {
    const record = new Record()
    const key = record.draw("key")
    const derived = record.crypto.hash(utf8("x"), 32, key)
    expect(record.attacker([utf8(`row ${toHex(key)}`)]).knows(derived)).toBe(true)
    expect(record.attacker([utf8(`row ${toHex(key).slice(0, 32)}`)]).knows(derived)).toBe(false)
  })

  test("of a key that no operation on record made, can be used", () => {
    const record = new Record()
    const foreign = seeded("foreign")
    const derived = record.crypto.hash(utf8("x"), 32, foreign)
    expect(record.attacker([]).knows(derived)).toBe(false)
    expect(record.attacker([concat(utf8("..."), foreign)]).knows(derived)).toBe(true)
  })

  test("as text does not count where it is to be computed", () => {
    const record = new Record()
    const key = record.draw("key")
    const said = utf8("U2FybyBzYXlzIHNvbWV0aGluZyB0byBSYXlh")
    const nonce = new Uint8Array(12)
    const ciphertext = record.crypto.seal(key, nonce, concat(utf8("head"), said, new Uint8Array(20)), nonce)
    const stored = concat(utf8("waiting: "), said)
    expect(record.attacker([ciphertext, stored], [said]).knows(said)).toBe(false)
    expect(record.attacker([ciphertext, stored, key], [said]).knows(said)).toBe(true)
    expect(record.attacker([stored]).knows(said)).toBe(true)
  })

  test("is named when it is explained", () => {
    const record = new Record()
    const derived = record.crypto.hash(utf8("x"), 32, record.draw("key"))
    expect(record.attacker([record.draw("other"), seeded("key")]).explain(derived)).toMatch(/^gift 2 → hash #1 under /)
  })
})

describe("ciphertexts", () => {
  test("open with their key, and what stands in them opens others", () => {
    const record = new Record()
    const [outer, inner] = [record.draw("outer"), record.draw("inner")]
    const nonce = new Uint8Array(12)
    const letter = record.draw("letter")
    const inside = record.crypto.seal(inner, nonce, concat(utf8("letter "), letter), nonce)
    const parcel = record.crypto.seal(outer, nonce, concat(inside, inner), nonce)
    record.crypto.open(outer, nonce, parcel, nonce)
    expect(record.attacker([parcel]).knows(letter)).toBe(false)
    expect(record.attacker([outer]).knows(letter)).toBe(false)
    expect(record.attacker([parcel, outer]).knows(letter)).toBe(true)
  })

  test("zeros and lengths beside a secret do not hide it", () => {
    const record = new Record()
    const [outer, key] = [record.draw("outer"), record.draw("key")]
    const nonce = new Uint8Array(12)
    // The same three zeros stand before the key in the secret text and in the hash.
    record.crypto.open(outer, nonce, record.crypto.seal(outer, nonce, concat(new Uint8Array(8), key), nonce), nonce)
    const digest = record.crypto.hash(concat(utf8("n"), Uint8Array.of(32, 0, 0, 0), key), 32)
    expect(record.attacker([key]).knows(digest)).toBe(true)
  })
})

describe("agreements", () => {
  const record = new Record()
  const [a, b] = [record.draw("ours"), record.draw("theirs")]
  const [ours, theirs] = [record.crypto.agreementKeyPair(a), record.crypto.agreementKeyPair(b)]
  const shared = record.crypto.agree(ours.secretKey, theirs.publicKey) as Uint8Array
  const identity = raya.agree(ours.publicKey) as Uint8Array
  record.note("identity-agree", raya.participant, { publicKey: ours.publicKey }, { shared: identity })

  test("need one secret and the other's public key", () => {
    expect(record.attacker([a, theirs.publicKey]).knows(shared)).toBe(true)
    expect(record.attacker([b, ours.publicKey]).knows(shared)).toBe(true)
    expect(record.attacker([a, b]).knows(shared)).toBe(true)
    expect(record.attacker([ours.publicKey, theirs.publicKey]).knows(shared)).toBe(false)
    expect(record.attacker([a]).knows(shared)).toBe(false)
  })

  test("of an identity need its seed, or the other's secret", () => {
    expect(record.attacker([seeded("raya"), ours.publicKey]).knows(identity)).toBe(true)
    expect(record.attacker([a]).knows(identity)).toBe(true)
    expect(record.attacker([seeded("saro"), ours.publicKey]).knows(identity)).toBe(false)
  })
})

test("a KEM needs its secret key, or the randomness of its sender", () => {
  const record = new Record()
  const seed = concat(record.draw("kem 1"), record.draw("kem 2"))
  record.note("random", saro.participant, {}, { drawn: seed })
  const pair = record.crypto.kemKeyPair(seed)
  const random = record.draw("sender")
  const { ciphertext, secret } = record.crypto.kemEncapsulate(pair.publicKey, random) ?? {
    ciphertext: seed,
    secret: seed,
  }
  expect(record.attacker([pair.publicKey, ciphertext]).knows(secret)).toBe(false)
  expect(record.attacker([seed, ciphertext]).knows(secret)).toBe(true)
  expect(record.attacker([pair.secretKey, ciphertext]).knows(secret)).toBe(true)
  expect(record.attacker([pair.publicKey, random]).knows(secret)).toBe(true)
})

test("what is known is exactly what follows, for any derivations", () => {
  const node = fc.tuple(fc.nat(), fc.nat())
  fc.assert(
    fc.property(
      fc.array(node, { minLength: 1, maxLength: 24 }),
      fc.array(fc.nat(), { maxLength: 4 }),
      (nodes, gifts) => {
        const record = new Record()
        const values = [record.draw(0), record.draw(1), record.draw(2)]
        const parents: (readonly [number, number] | undefined)[] = [undefined, undefined, undefined]
        for (const [i, [first, second]] of nodes.entries()) {
          const pair = [first % values.length, second % values.length] as const
          const [key, part] = pair.map((parent) => values[parent] as Uint8Array) as [Uint8Array, Uint8Array]
          values.push(record.crypto.hash(concat(utf8(`node ${i}`), part), 32, key))
          parents.push(pair)
        }
        const given = new Set(gifts.map((gift) => gift % values.length))
        const known = values.map(() => false)
        for (const [i, pair] of parents.entries())
          known[i] = given.has(i) || (pair !== undefined && known[pair[0]] === true && known[pair[1]] === true)
        const attacker = record.attacker([...given].map((gift) => values[gift] as Uint8Array))
        expect(values.map((value) => attacker.knows(value))).toEqual(known)
      },
    ),
    { seed: 20261123, numRuns: 300 },
  )
})

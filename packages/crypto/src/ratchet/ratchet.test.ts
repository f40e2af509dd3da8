import { type Crypto, toHex, utf8 } from "@colloquy/core"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { loadCrypto } from "../load-crypto.js"
import { chainStep, type RatchetSuite, ratchetHint, ratchetSuite } from "./key-schedule.js"
import { openMessage, type RatchetOpened, type RatchetPosition, ratchetStepsMax } from "./open.js"
import { ratchetOverheadBytes, type RatchetSealed, sealMessage } from "./seal.js"
import { skippedKeyLifetimeMs, skippedKeysMax, sweepSkippedKeys } from "./skipped-keys.js"
import { acceptRatchet, initiateRatchet } from "./start.js"
import type { Ratchet, SkippedKey } from "./state.js"
import { chainCodec, ratchetRootCodec, skippedKeyCodec } from "./state-codec.js"

let crypto: Crypto
let suite: RatchetSuite
const nowMs = 1_800_000_000_000
const associatedData = new Uint8Array(32).fill(7)

beforeAll(async () => {
  crypto = await loadCrypto()
  suite = ratchetSuite(crypto, "colloquy/Test")
})

/** One side: applies what the functions return, and checks that they write to nothing. */
class Side {
  skipped = new Map<string, SkippedKey>()
  #drawn = 0
  constructor(
    public ratchet: Ratchet,
    readonly name: string,
  ) {}

  random = (bytes: number): Uint8Array =>
    crypto.hash(utf8(`${this.name} ${this.#drawn++}`), Math.max(bytes, 16)).slice(0, bytes)

  seal(text: string): RatchetSealed & { readonly position: RatchetPosition & { chain: "current"; number: number } } {
    const sealed = sealMessage(suite, this.ratchet, utf8(text), associatedData, this.random)
    if (sealed === undefined) throw new Error("exhausted")
    this.ratchet = { ...this.ratchet, sending: sealed.sending, root: sealed.root ?? this.ratchet.root }
    return { ...sealed, position: { chain: "current", number: sealed.sending.next - 1 } }
  }

  /** Finds the position as a receiver would, among the skipped and the numbers below a bound. */
  find(hint: Uint8Array, bound = 40): RatchetPosition | undefined {
    const row = toHex(hint)
    if (this.skipped.has(row)) return { chain: "skipped", row }
    const { root, receiving } = this.ratchet
    for (let number = 0; number < bound; number++) {
      const current = (receiving?.next ?? 0) + number
      if (root.receivingHeader !== null && toHex(ratchetHint(suite, root.receivingHeader.key, current)) === row)
        return { chain: "current", number: current }
      if (toHex(ratchetHint(suite, root.nextReceivingHeaderKey, number)) === row) return { chain: "next", number }
    }
    return undefined
  }

  open(sealed: { readonly hint: Uint8Array; readonly payload: Uint8Array }, at?: RatchetPosition, time = nowMs) {
    const position = at ?? this.find(sealed.hint)
    if (position === undefined) return undefined
    return openMessage(suite, this.ratchet, this.skipped, { ...sealed, position, associatedData, nowMs: time })
  }

  apply(opened: RatchetOpened): string {
    this.ratchet = {
      root: opened.root ?? this.ratchet.root,
      sending: opened.sending === undefined ? this.ratchet.sending : opened.sending,
      receiving: opened.receiving ?? this.ratchet.receiving,
    }
    for (const [row, key] of opened.skipped ?? [])
      if (key === undefined) this.skipped.delete(row)
      else this.skipped.set(row, key)
    const kept = this.bytes()
    for (const buffer of opened.superseded) buffer.fill(0)
    expect(this.bytes(), "wiping what was superseded left the new state alone").toEqual(kept)
    return new TextDecoder().decode(opened.plaintext)
  }

  receive(
    sealed: { readonly hint: Uint8Array; readonly payload: Uint8Array },
    at?: RatchetPosition,
  ): string | undefined {
    const before = this.bytes()
    const outcome = this.open(sealed, at)
    expect(this.bytes(), "opening wrote to nothing").toEqual(before)
    return outcome?.kind === "opened" ? this.apply(outcome) : outcome?.code
  }

  /** Everything that would be stored. */
  bytes(): string {
    const { root, sending, receiving } = this.ratchet
    const rows = [...this.skipped].map(([row, key]) => row + toHex(skippedKeyCodec.encode(key)))
    return [ratchetRootCodec.encode(root), chainCodec.encode(sending), chainCodec.encode(receiving)]
      .map(toHex)
      .concat(rows)
      .join()
  }

  reload(): void {
    const { root, sending, receiving } = this.ratchet
    this.ratchet = {
      root: ratchetRootCodec.decode(ratchetRootCodec.encode(root), 1),
      sending: chainCodec.decode(chainCodec.encode(sending), 1),
      receiving: chainCodec.decode(chainCodec.encode(receiving), 1),
    }
    for (const [row, key] of this.skipped) this.skipped.set(row, skippedKeyCodec.decode(skippedKeyCodec.encode(key), 1))
  }
}

function pair(): { saro: Side; raya: Side } {
  const of = (label: string): Uint8Array => crypto.hash(utf8(label), 32)
  const secrets = { sharedKey: of("sk"), initiatorHeaderKey: of("hka"), responderHeaderKey: of("nhkb") }
  const prekey = crypto.agreementKeyPair(of("prekey"))
  const own = crypto.agreementKeyPair(of("ratchet"))
  const saro = initiateRatchet(suite, secrets, own, prekey.publicKey)
  const raya = acceptRatchet(suite, secrets, prekey.secretKey, own.publicKey)
  if (saro === undefined || raya === undefined) throw new Error("low order")
  return { saro: new Side(saro, "saro"), raya: new Side(raya, "raya") }
}

describe("the ratchet", () => {
  test("carries a conversation in turns, with a new key pair each turn", () => {
    const { saro, raya } = pair()
    const keys = new Set<string>()
    for (let turn = 0; turn < 20; turn++) {
      const [from, to] = turn % 2 === 0 ? [saro, raya] : [raya, saro]
      expect(to.receive(from.seal(`one ${turn}`))).toBe(`one ${turn}`)
      expect(to.receive(from.seal(`two ${turn}`))).toBe(`two ${turn}`)
      keys.add(toHex(from.ratchet.root.own?.publicKey ?? new Uint8Array()))
    }
    expect(keys.size).toBe(20)
  })

  test("adds 80 bytes to a plaintext", () => {
    const { saro } = pair()
    expect(ratchetOverheadBytes).toBe(80)
    expect(saro.seal("").payload.length).toBe(80)
  })

  test("lets both sides begin before they hear each other", () => {
    const { saro, raya } = pair()
    const first = [saro.seal("s0"), saro.seal("s1")]
    const second = [raya.seal("r0"), raya.seal("r1")]
    expect(second.map((sealed) => saro.receive(sealed))).toEqual(["r0", "r1"])
    expect(first.map((sealed) => raya.receive(sealed))).toEqual(["s0", "s1"])
    expect(raya.receive(saro.seal("s2"))).toBe("s2")
  })

  test("opens what was passed over, also from a chain that is over, once", () => {
    const { saro, raya } = pair()
    const old = [0, 1, 2, 3, 4].map((n) => saro.seal(`old ${n}`))
    expect(raya.receive(old[2] as RatchetSealed)).toBe("old 2")
    expect(saro.receive(raya.seal("answer"))).toBe("answer")
    const fresh = [0, 1, 2].map((n) => saro.seal(`new ${n}`))
    expect(raya.receive(fresh[2] as RatchetSealed)).toBe("new 2")
    expect(raya.skipped.size).toBe(6)
    for (const n of [4, 0, 3, 1]) expect(raya.receive(old[n] as RatchetSealed)).toBe(`old ${n}`)
    for (const n of [1, 0]) expect(raya.receive(fresh[n] as RatchetSealed)).toBe(`new ${n}`)
    expect(raya.skipped.size).toBe(0)
    for (const sealed of [...old, ...fresh]) expect(raya.find(sealed.hint)).toBeUndefined()
  })

  test("forgets its key pair when the peer's new one arrives, until it sends", () => {
    const { saro, raya } = pair()
    raya.receive(saro.seal("one"))
    saro.receive(raya.seal("two"))
    expect(saro.ratchet.root.own).toBeNull()
    expect(saro.ratchet.sending).toBeNull()
    saro.seal("three")
    expect(saro.ratchet.root.own).not.toBeNull()
  })

  test("keeps no message key that was used, and no key that was superseded", () => {
    const { saro, raya } = pair()
    const messageKey = toHex(chainStep(suite, saro.ratchet.sending?.key ?? new Uint8Array()).messageKey)
    const sealed = saro.seal("secret")
    const opened = raya.open(sealed)
    if (opened?.kind !== "opened") throw new Error("refused")
    const superseded = opened.superseded.map(toHex)
    raya.apply(opened)
    const stored = raya.bytes()
    expect(superseded.length).toBeGreaterThan(0)
    for (const key of [messageKey, ...superseded]) expect(stored + saro.bytes()).not.toContain(key)
  })
})

test("message keys and agreed secrets are overwritten as soon as they were used", () => {
  const used: Uint8Array[] = []
  const spying: Crypto = {
    ...crypto,
    seal: (key, nonce, plaintext, additional) => {
      if (plaintext.length !== 36) used.push(key)
      return crypto.seal(key, nonce, plaintext, additional)
    },
    open: (key, nonce, ciphertext, additional) => {
      if (ciphertext.length !== 52) used.push(key)
      return crypto.open(key, nonce, ciphertext, additional)
    },
    agree: (secretKey, publicKey) => {
      const secret = crypto.agree(secretKey, publicKey)
      if (secret !== undefined) used.push(secret)
      return secret
    },
  }
  suite = ratchetSuite(spying, "colloquy/Test")
  const { saro, raya } = pair()
  const sealed = saro.seal("one")
  const forged = sealed.payload.slice()
  forged[70] = (forged[70] as number) ^ 1
  expect(raya.receive({ hint: sealed.hint, payload: forged })).toBe("RATCHET_MESSAGE")
  raya.receive(sealed)
  saro.receive(raya.seal("two"))
  suite = ratchetSuite(crypto, "colloquy/Test")
  expect(used).toHaveLength(9)
  for (const key of used) expect(key.every((byte) => byte === 0)).toBe(true)
})

describe("hostile payloads", () => {
  test("a byte flipped anywhere, in any kind of position, changes nothing", () => {
    const { saro, raya } = pair()
    const [first, second] = [saro.seal("first"), saro.seal("second")]
    raya.receive(second)
    saro.receive(raya.seal("turn"))
    const third = saro.seal("third")
    for (const sealed of [first, third])
      for (let i = 0; i < sealed.payload.length; i++) {
        const payload = sealed.payload.slice()
        payload[i] = (payload[i] as number) ^ 0x20
        expect(raya.receive({ hint: sealed.hint, payload })).toMatch(/^RATCHET_(HEADER|MESSAGE)$/)
      }
    expect(raya.receive(third)).toBe("third")
    expect(raya.receive(first)).toBe("first")
  })

  test("a truncation at any length changes nothing", () => {
    const { saro, raya } = pair()
    const sealed = saro.seal("text")
    for (let length = 0; length < sealed.payload.length; length++)
      expect(raya.receive({ hint: sealed.hint, payload: sealed.payload.slice(0, length) })).toMatch(/^RATCHET_/)
    expect(raya.receive(sealed)).toBe("text")
  })

  test("another hint, number, chain or associated data is refused", () => {
    const { saro, raya } = pair()
    const [first, second] = [saro.seal("first"), saro.seal("second")]
    expect(raya.receive({ hint: second.hint, payload: first.payload })).toBe("RATCHET_HEADER")
    expect(raya.receive(first, { chain: "current", number: 1 })).toBe("RATCHET_MESSAGE")
    expect(raya.receive(first, { chain: "next", number: 0 })).toBe("RATCHET_POSITION")
    expect(raya.receive(first, { chain: "skipped", row: toHex(first.hint) })).toBe("RATCHET_POSITION")
    const moved = { ...first, position: first.position, associatedData: new Uint8Array(32), nowMs }
    expect(openMessage(suite, raya.ratchet, raya.skipped, moved)).toEqual({ kind: "refused", code: "RATCHET_HEADER" })
    expect(raya.receive(first)).toBe("first")
    expect(raya.receive(first, first.position)).toBe("RATCHET_POSITION")
  })

  test("131,072 steps are taken, one more is not, and nothing is derived before the header authenticates", () => {
    let hashes = 0
    const counting = ratchetSuite({ ...crypto, hash: (...a) => (hashes++, crypto.hash(...a)) }, "colloquy/Test")
    const { saro, raya } = pair()
    const far = (number: number) => {
      let chain = saro.ratchet.sending?.key.slice() ?? new Uint8Array()
      for (let n = 0; n < number; n++) chain = crypto.hash(suite.chainLabel, 64, chain).slice(32)
      const jumped = { ...saro.ratchet, sending: { key: chain, next: number } }
      const sealed = sealMessage(suite, jumped, utf8("far"), associatedData, saro.random)
      return sealed as RatchetSealed
    }
    const open = (sealed: RatchetSealed, payload: Uint8Array, number: number) =>
      openMessage(counting, raya.ratchet, raya.skipped, {
        position: { chain: "current", number },
        hint: sealed.hint,
        payload,
        associatedData,
        nowMs,
      })
    const tooFar = far(ratchetStepsMax)
    expect(open(tooFar, tooFar.payload, ratchetStepsMax)).toEqual({ kind: "refused", code: "RATCHET_TOO_FAR" })
    const sealed = far(ratchetStepsMax - 1)
    const forged = sealed.payload.slice()
    forged[20] = (forged[20] as number) ^ 1
    expect(open(sealed, forged, ratchetStepsMax - 1)).toEqual({ kind: "refused", code: "RATCHET_HEADER" })
    expect(hashes).toBe(0)
    const opened = open(sealed, sealed.payload, ratchetStepsMax - 1)
    expect(opened.kind).toBe("opened")
    expect(opened.kind === "opened" && opened.skipped?.size).toBe(skippedKeysMax)
  })

  test("a peer can't make us keep more than 1,024 keys: the oldest fall out", () => {
    const { saro, raya } = pair()
    const sealed = Array.from({ length: 1201 }, (_, n) => saro.seal(`${n}`))
    const at = (number: number): RatchetSealed => sealed[number] as RatchetSealed
    expect(raya.receive(at(600), { chain: "current", number: 600 })).toBe("600")
    expect(raya.skipped.size).toBe(600)
    expect(raya.receive(at(1200), { chain: "current", number: 1200 })).toBe("1200")
    expect(raya.skipped.size).toBe(skippedKeysMax)
    expect(raya.receive(at(174))).toBeUndefined()
    expect(raya.receive(at(176))).toBe("176")
    expect(raya.receive(at(1199))).toBe("1199")
  })

  test("a peer who passes over two chains at once makes us keep 1,024 keys, those of the new chain", () => {
    const { saro, raya } = pair()
    raya.receive(saro.seal("first"))
    const old = Array.from({ length: 1100 }, (_, n) => saro.seal(`old ${n}`))
    saro.receive(raya.seal("turn"))
    const fresh = Array.from({ length: 1001 }, (_, n) => saro.seal(`new ${n}`))
    expect(raya.receive(fresh[1000] as RatchetSealed, { chain: "next", number: 1000 })).toBe("new 1000")
    expect(raya.skipped.size).toBe(skippedKeysMax)
    expect([0, 999].map((n) => raya.receive(fresh[n] as RatchetSealed))).toEqual(["new 0", "new 999"])
    expect([1075, 1076].map((n) => raya.receive(old[n] as RatchetSealed))).toEqual([undefined, "old 1076"])
  })

  test("a header that shows another key than the chain's is refused", () => {
    const { saro, raya } = pair()
    const { root } = saro.ratchet
    const own = { ...(root.own as NonNullable<typeof root.own>), publicKey: new Uint8Array(32).fill(9) }
    const lying = sealMessage(
      suite,
      { ...saro.ratchet, root: { ...root, own } },
      utf8("x"),
      associatedData,
      saro.random,
    )
    expect(raya.receive(lying as RatchetSealed)).toBe("RATCHET_HEADER")
  })

  test("a header that counts fewer messages than have arrived is refused", () => {
    const { saro, raya } = pair()
    for (const text of ["one", "two"]) raya.receive(saro.seal(text))
    saro.receive(raya.seal("turn"))
    saro.ratchet = { ...saro.ratchet, root: { ...saro.ratchet.root, previousCount: 1 } }
    expect(raya.receive(saro.seal("x"))).toBe("RATCHET_HEADER")
  })

  test("a skipped key is worth nothing after 30 days, and the sweep erases it", () => {
    const { saro, raya } = pair()
    const [first, second] = [saro.seal("first"), saro.seal("second")]
    raya.receive(second)
    expect(sweepSkippedKeys(raya.skipped, nowMs)).toMatchObject({
      nextMs: nowMs + skippedKeyLifetimeMs,
      superseded: [],
    })
    const late = raya.open(first, undefined, nowMs + skippedKeyLifetimeMs)
    expect(late).toEqual({ kind: "refused", code: "RATCHET_POSITION" })
    const swept = sweepSkippedKeys(raya.skipped, nowMs + skippedKeyLifetimeMs)
    expect([...swept.patch]).toEqual([[toHex(first.hint), undefined]])
    expect(swept.superseded).toHaveLength(1)
    expect(swept.nextMs).toBeUndefined()
  })

  test("a public key of low order starts nothing", () => {
    const secrets = {
      sharedKey: associatedData,
      initiatorHeaderKey: associatedData,
      responderHeaderKey: associatedData,
    }
    const own = crypto.agreementKeyPair(associatedData)
    expect(initiateRatchet(suite, secrets, own, new Uint8Array(32))).toBeUndefined()
    expect(acceptRatchet(suite, secrets, own.secretKey, new Uint8Array(32))).toBeUndefined()
  })
})

test("over any order, loss and duplication each message opens once and unaltered, the state stored between any two steps", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 7 }), fc.nat({ max: 9 })), { maxLength: 120 }),
      (script) => {
        const { saro, raya } = pair()
        const underway: { to: Side; text: string; sealed: RatchetSealed }[] = []
        const seen = new Set<string>()
        const lost = new Set<string>()
        let sent = 0
        for (const [fromSaro, action, pick] of script) {
          const [from, to] = fromSaro ? [saro, raya] : [raya, saro]
          if (action < 4 && underway.length < 12) {
            const text = `${from.name} ${sent++}`
            underway.push({ to, text, sealed: from.seal(text) })
          } else if (underway.length > 0) {
            const index = pick % underway.length
            const message = underway[index] as (typeof underway)[number]
            if (action === 7) lost.add(message.text)
            const opened = action === 7 ? undefined : message.to.receive(message.sealed)
            if (action !== 6) underway.splice(index, 1)
            if (seen.has(message.text)) expect(opened).toBeUndefined()
            else if (action !== 7) {
              expect(opened).toBe(message.text)
              seen.add(message.text)
            }
          }
          saro.reload()
          raya.reload()
        }
        for (const { to, text, sealed } of underway) expect(to.receive(sealed)).toBe(seen.has(text) ? undefined : text)
      },
    ),
    { seed: 20261123, numRuns: 150 },
  )
})

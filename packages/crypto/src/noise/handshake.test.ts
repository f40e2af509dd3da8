import { codeOf, concat, type Crypto, empty, utf8 } from "@colloquy/core"
import {
  loadCrypto,
  NoiseHandshake,
  noiseMessageBytesMax,
  noisePattern,
  type NoisePattern,
  noisePatternNames,
  type NoiseRole,
  standardNoisePattern,
} from "@colloquy/crypto"
import { describe, expect, test } from "vitest"
import { counting } from "../../test/hex.js"
import { bothSides, fixedRandom, payloadOf, sideKeys, sideOptions, written } from "../../test/noise-sides.js"

const crypto: Crypto = await loadCrypto()

const hybrid = {
  XXhfs: noisePattern("XXhfs", "-> e, e1 <- e, ee, ekem1, s, es -> s, se"),
  XKhfs: noisePattern("XKhfs", "<- s ... -> e, es, e1 <- e, ee, ekem1 -> s, se"),
  XK0hfs: noisePattern("XK0hfs", "<- e, e1, s ... -> e, ee, ekem1, es, s, se"),
}
const fallback = noisePattern("XXfallback", "-> e ... <- e, ee, s, es -> s, se")
const patterns: readonly (readonly [string, NoisePattern])[] = [
  ...noisePatternNames.map((name) => [name, standardNoisePattern(name)] as const),
  ...Object.entries(hybrid),
  ["XXfallback", fallback],
]

const codeThrownBy = (call: () => unknown): string | undefined => {
  try {
    call()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

describe("a handshake", () => {
  test.each(patterns)("of %s ends with the same keys on both sides", (_, pattern) => {
    const sides = bothSides(crypto, pattern)
    run(pattern, sides, pattern.messages.length)
    const [a, b] = [sides.initiator.finish(), sides.responder.finish()]
    expect(a.handshakeHash).toEqual(b.handshakeHash)
    const text = utf8("after it")
    expect(b.receive?.decrypt(a.send?.encrypt(text) ?? empty)).toEqual(text)
    if (pattern.oneWay) expect([a.receive, b.send]).toEqual([undefined, undefined])
    else expect(a.receive?.decrypt(b.send?.encrypt(text) ?? empty)).toEqual(text)
  })

  test("tells the static key that it was sent", () => {
    const sides = bothSides(crypto, hybrid.XK0hfs)
    run(hybrid.XK0hfs, sides, 1)
    expect(sides.responder.remoteStatic).toEqual(sideKeys(crypto, 1).static.publicKey)
  })

  test("takes all of its randomness from what it is given", () => {
    const first = written(bothSides(crypto, hybrid.XK0hfs).initiator, utf8("text"))
    const random = fixedRandom(99)
    expect(written(bothSides(crypto, hybrid.XK0hfs).initiator, utf8("text"))).toEqual(first)
    expect(written(bothSides(crypto, hybrid.XK0hfs, { initiator: { random } }).initiator, utf8("text"))).not.toEqual(
      first,
    )
  })

  test("has the length that the tokens say: 32 + 1,104 + 48 + payload + 16 for the inbox", () => {
    expect(written(bothSides(crypto, hybrid.XK0hfs).initiator, counting(10))).toHaveLength(32 + 1104 + 48 + 26)
  })
})

describe.each(patterns)("a message of %s", (name, pattern) => {
  test("is refused truncated, and longer", () => {
    for (const [index, { from }] of pattern.messages.entries()) {
      const message = messageAt(pattern, index)
      const step = message.length > 400 ? 13 : name === "XX" ? 1 : 7
      for (let length = 0; length < message.length; length += step) {
        const { reader, authenticated } = readerAt(pattern, index, from)
        const result = reader.read(message.subarray(0, length))
        if (authenticated || length < 32) expect(result.kind).toBe("refused")
      }
      const { reader, authenticated } = readerAt(pattern, index, from)
      if (authenticated) expect(reader.read(concat(message, empty, Uint8Array.of(0)))).toEqual(notAuthentic)
    }
  })

  test("is refused with a byte flipped, once there is a key", () => {
    for (const [index, { from }] of pattern.messages.entries()) {
      const message = messageAt(pattern, index)
      const step = message.length > 400 ? 13 : name === "XX" ? 1 : 7
      for (let i = 0; i < message.length; i += step) {
        const { reader, authenticated } = readerAt(pattern, index, from)
        if (!authenticated) break
        const flipped = message.slice()
        flipped[i] = (flipped[i] as number) ^ 1
        expect(reader.read(flipped).kind).toBe("refused")
        expect(codeThrownBy(() => reader.read(message))).toBe("NOISE_FAILED")
      }
    }
  })
})

describe("what is refused", () => {
  const lowOrder = Uint8Array.of(1, ...new Uint8Array(31))

  test("a pre-message of low order: there is no result that everyone knows", () => {
    const remote = {
      ...sideOptions(crypto, hybrid.XK0hfs, "initiator", sideKeys(crypto, 1), sideKeys(crypto, 2)).remote,
    }
    for (const key of ["ephemeral", "static"]) {
      const { initiator } = bothSides(crypto, hybrid.XK0hfs, { initiator: { remote: { ...remote, [key]: lowOrder } } })
      expect(initiator.write(empty)).toEqual({ kind: "refused", code: "NOISE_LOW_ORDER_KEY" })
      expect(codeThrownBy(() => initiator.write(empty))).toBe("NOISE_FAILED")
    }
  })

  test("an ephemeral key of low order in a message", () => {
    const { initiator, responder } = bothSides(crypto, hybrid.XK0hfs)
    const message = written(initiator, empty)
    message.set(lowOrder)
    expect(responder.read(message)).toEqual({ kind: "refused", code: "NOISE_LOW_ORDER_KEY" })
    expect(codeThrownBy(() => responder.read(message))).toBe("NOISE_FAILED")
  })

  test("a KEM key that is not canonical, as pre-message and in a message", () => {
    const kem = sideKeys(crypto, 2).kem.publicKey.slice().fill(255, 0, 3)
    const remote = {
      ...sideOptions(crypto, hybrid.XK0hfs, "initiator", sideKeys(crypto, 1), sideKeys(crypto, 2)).remote,
      kem,
    }
    const refused = { kind: "refused", code: "NOISE_BAD_KEM_KEY" }
    expect(bothSides(crypto, hybrid.XK0hfs, { initiator: { remote } }).initiator.write(empty)).toEqual(refused)
    const { initiator, responder } = bothSides(crypto, hybrid.XXhfs)
    const message = written(initiator, empty)
    message.fill(255, 32, 35)
    payloadOf(responder, message)
    expect(responder.write(empty)).toEqual(refused)
  })

  test("another prologue on each side", () => {
    const { initiator, responder } = bothSides(crypto, hybrid.XK0hfs, { responder: { prologue: counting(10) } })
    expect(responder.read(written(initiator, empty))).toEqual(notAuthentic)
  })

  test("more than 65,535 bytes, to write and to read", () => {
    const overhead = 32 + 1104 + 48 + 16
    const longest = counting(noiseMessageBytesMax - overhead)
    const { initiator, responder } = bothSides(crypto, hybrid.XK0hfs)
    expect(payloadOf(responder, written(initiator, longest))).toEqual(longest)
    const tooLong = { kind: "refused", code: "NOISE_TOO_LONG" }
    expect(bothSides(crypto, hybrid.XK0hfs).initiator.write(concat(longest, longest))).toEqual(tooLong)
    expect(bothSides(crypto, hybrid.XK0hfs).responder.read(counting(noiseMessageBytesMax + 1))).toEqual(tooLong)
  })
})

describe("the order of the calls", () => {
  test("a call out of turn throws and changes nothing", () => {
    const { initiator, responder } = bothSides(crypto, standardNoisePattern("XX"))
    expect(codeThrownBy(() => initiator.read(counting(100)))).toBe("NOISE_OUT_OF_TURN")
    expect(codeThrownBy(() => responder.write(empty))).toBe("NOISE_OUT_OF_TURN")
    expect(codeThrownBy(() => initiator.finish())).toBe("NOISE_OUT_OF_TURN")
    run(standardNoisePattern("XX"), { initiator, responder }, 3)
    expect(codeThrownBy(() => initiator.write(empty))).toBe("NOISE_OUT_OF_TURN")
    initiator.finish()
    for (const call of [() => initiator.finish(), () => initiator.write(empty), () => initiator.read(empty)])
      expect(codeThrownBy(call)).toBe("NOISE_OUT_OF_TURN")
  })

  test("keys that the pattern does not want, or lacks, or of a wrong length are refused", () => {
    const options = sideOptions(crypto, hybrid.XK0hfs, "responder", sideKeys(crypto, 2), sideKeys(crypto, 1))
    const { kem, ...less } = { ...options.local }
    expect(kem).toBeDefined()
    expect(codeThrownBy(() => new NoiseHandshake({ ...options, local: less }))).toBe("NOISE_BAD_KEYS")
    expect(codeThrownBy(() => new NoiseHandshake({ ...options, remote: { static: counting(32) } }))).toBe(
      "NOISE_BAD_KEYS",
    )
    const initiator = sideOptions(crypto, hybrid.XK0hfs, "initiator", sideKeys(crypto, 1), sideKeys(crypto, 2))
    for (const key of ["static", "ephemeral", "kem"]) {
      const remote = { ...initiator.remote, [key]: counting(31) }
      expect(codeThrownBy(() => new NoiseHandshake({ ...initiator, remote }))).toBe("BAD_LENGTH")
    }
  })
})

describe("erasure", () => {
  test("after finish, refusal and wipe, every secret that was drawn is overwritten", () => {
    for (const end of ["finish", "refuse", "wipe"] as const) {
      const drawn: Uint8Array[] = []
      const random = (count: number): Uint8Array => {
        const bytes = counting(count, 1 + drawn.length)
        drawn.push(bytes)
        return bytes
      }
      const made: Uint8Array[] = []
      const watched: Crypto = {
        ...crypto,
        agreementKeyPair: (seed) => watch(crypto.agreementKeyPair(seed)),
        kemKeyPair: (seed) => watch(crypto.kemKeyPair(seed)),
        agree: (secretKey, publicKey) => watchBytes(crypto.agree(secretKey, publicKey)),
        hash: (message, bytes, key) => {
          const digest = crypto.hash(message, bytes, key)
          // The outer hash of an HMAC: a chaining key, a cipher's key, or what they come from.
          if (message.length === 128 + 64) made.push(digest)
          return digest
        },
      }
      function watch<T extends { readonly secretKey: Uint8Array }>(pair: T): T {
        made.push(pair.secretKey)
        return pair
      }
      function watchBytes(bytes: Uint8Array | undefined): Uint8Array | undefined {
        if (bytes !== undefined) made.push(bytes)
        return bytes
      }
      const { initiator, responder } = bothSides(crypto, hybrid.XXhfs, { initiator: { random, crypto: watched } })
      const first = written(initiator, empty)
      if (end === "wipe") initiator.wipe()
      else {
        payloadOf(responder, first)
        const second = written(responder, empty)
        if (end === "refuse") initiator.read(second.fill(0, 200))
        else {
          payloadOf(initiator, second)
          written(initiator, empty)
          initiator.finish()
        }
      }
      expect(drawn.length).toBe(2)
      expect(made.length).toBeGreaterThanOrEqual(2)
      for (const secret of [...drawn, ...made]) expect(secret.every((byte) => byte === 0)).toBe(true)
    }
  })

  test("leaves the caller's keys as they are", () => {
    const raya = sideKeys(crypto, 2)
    const options = sideOptions(crypto, hybrid.XK0hfs, "responder", raya, sideKeys(crypto, 1))
    new NoiseHandshake(options).wipe()
    expect(raya).toEqual(sideKeys(crypto, 2))
  })
})

describe("a cipher state", () => {
  test("opens nothing forged, keeps its place then, follows a rekey, and ends with wipe", () => {
    const sides = bothSides(crypto, standardNoisePattern("NN"))
    run(standardNoisePattern("NN"), sides, 2)
    const { send } = sides.initiator.finish()
    const { receive } = sides.responder.finish()
    if (send === undefined || receive === undefined) throw new Error("NN goes both ways")
    const sealed = send.encrypt(utf8("one"), utf8("with it"))
    for (let length = 0; length < sealed.length; length++)
      expect(receive.decrypt(sealed.subarray(0, length), utf8("with it"))).toBeUndefined()
    expect(receive.decrypt(sealed)).toBeUndefined()
    expect(receive.decrypt(sealed, utf8("with it"))).toEqual(utf8("one"))
    expect(receive.decrypt(sealed, utf8("with it"))).toBeUndefined()
    send.rekey()
    expect(receive.decrypt(send.encrypt(utf8("two")))).toBeUndefined()
    receive.rekey()
    receive.wipe()
    expect(codeThrownBy(() => receive.decrypt(sealed))).toBe("NOISE_WIPED")
    expect(codeThrownBy(() => receive.rekey())).toBe("NOISE_WIPED")
  })
})

const notAuthentic = { kind: "refused", code: "NOISE_NOT_AUTHENTIC" }

function run(pattern: NoisePattern, sides: Record<NoiseRole, NoiseHandshake>, messages: number): void {
  for (const [index, { from }] of pattern.messages.slice(0, messages).entries()) {
    const payload = utf8(`payload ${index}`)
    const to = from === "initiator" ? "responder" : "initiator"
    expect(payloadOf(sides[to], written(sides[from], payload))).toEqual(payload)
  }
}

function messageAt(pattern: NoisePattern, index: number): Uint8Array {
  const sides = bothSides(crypto, pattern)
  run(pattern, sides, index)
  return written(sides[pattern.messages[index]?.from as NoiseRole], utf8("the payload"))
}

/** The side that reads message `index`, and whether that message ends under a key. */
function readerAt(
  pattern: NoisePattern,
  index: number,
  from: NoiseRole,
): { reader: NoiseHandshake; authenticated: boolean } {
  const sides = bothSides(crypto, pattern)
  run(pattern, sides, index)
  const tokens = pattern.messages.slice(0, index + 1).flatMap((message) => message.tokens)
  return {
    reader: sides[from === "initiator" ? "responder" : "initiator"],
    authenticated: tokens.some((token) => ["ee", "es", "se", "ss", "ekem1"].includes(token)),
  }
}

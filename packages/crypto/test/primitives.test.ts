import { createHash } from "node:crypto"
import { codeOf, concat, type Crypto, empty, equalBytes, utf8 } from "@colloquy/core"
import { describe, expect, test } from "vitest"
import { bytes, counting, hex } from "./hex.js"
import { providers } from "./providers.js"

const text = utf8(
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
)
const additional = bytes("50515253c0c1c2c3c4c5c6c7")
const key = counting(32, 0x80)

const codeThrownBy = (call: () => unknown): string | undefined => {
  try {
    call()
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

for (const [name, crypto] of await providers())
  describe(`the ${name} provider`, () => {
    describe("BLAKE2b", () => {
      test("gives the value of RFC 7693, appendix A", () => {
        expect(hex(crypto.hash(utf8("abc"), 64))).toBe(
          "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
        )
      })
      test("keyed, gives the first value of the reference implementation", () => {
        expect(hex(crypto.hash(empty, 64, counting(64)))).toBe(
          "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568",
        )
      })
      test("passes the self-test of RFC 7693, appendix E", () => {
        expect(hex(selfTest(crypto))).toBe("c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475")
      })
      test("hashes more than its resident memory holds", () => {
        const long = counting(1_000_003)
        expect(hex(crypto.hash(long, 64))).toBe(createHash("blake2b512").update(long).digest("hex"))
      })
      test.each([0, 15, 65, 16.5, Number.NaN])("refuses %s bytes", (count) => {
        expect(codeThrownBy(() => crypto.hash(empty, count))).toBe("BAD_LENGTH")
      })
      test("refuses a key of 65 bytes", () => {
        expect(codeThrownBy(() => crypto.hash(empty, 32, new Uint8Array(65)))).toBe("BAD_LENGTH")
      })
    })

    describe("SipHash-2-4", () => {
      // Of the authors' list of vectors: messages of so many bytes that count from 0.
      test.each([
        [0, "310e0edd47db6f72"],
        [1, "fd67dc93c539f874"],
        [15, "e545be4961ca29a1"],
        [16, "db9bc2577fcc2a3f"],
        [63, "724506eb4c328a95"],
      ])("gives the published value of %s bytes", (count, value) => {
        expect(hex(crypto.shortHash(counting(count), counting(16)))).toBe(value)
      })
      test.each([0, 15, 17, 32])("refuses a key of %s bytes", (count) => {
        expect(codeThrownBy(() => crypto.shortHash(empty, new Uint8Array(count)))).toBe("BAD_LENGTH")
      })
    })

    describe.each([
      {
        kind: "ChaCha20-Poly1305",
        seal: crypto.seal,
        open: crypto.open,
        nonce: bytes("070000004041424344454647"),
        origin: "RFC 8439, section 2.8.2",
        sealed: `d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b
          1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
          3ff4def08e4b7a9de576d26586cec64b6116 1ae10b594f09e26a7e902ecbd0600691`,
      },
      {
        kind: "XChaCha20-Poly1305",
        seal: crypto.sealX,
        open: crypto.openX,
        nonce: counting(24, 0x40),
        origin: "draft-irtf-cfrg-xchacha-03, appendix A.3.1",
        sealed: `bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39
          ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
          21f9664c97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49`,
      },
    ])("$kind", ({ seal, open, nonce, origin, sealed }) => {
      test(`gives the value of ${origin}, and opens it`, () => {
        expect(hex(seal(key, nonce, text, additional))).toBe(hex(bytes(sealed)))
        expect(open(key, nonce, bytes(sealed), additional)).toEqual(text)
      })
      test("seals and opens nothing, and more than its resident memory holds", () => {
        for (const plaintext of [empty, counting(100_001)])
          expect(equalBytes(open(key, nonce, seal(key, nonce, plaintext, empty), empty) as Uint8Array, plaintext)).toBe(
            true,
          )
      })
      test("opens no truncation, no flipped byte and nothing else", () => {
        const ciphertext = bytes(sealed)
        for (let length = 0; length < ciphertext.length; length++)
          expect(open(key, nonce, ciphertext.subarray(0, length), additional)).toBeUndefined()
        for (let i = 0; i < ciphertext.length; i++) {
          const flipped = ciphertext.slice()
          flipped[i] = (flipped[i] as number) ^ 1
          expect(open(key, nonce, flipped, additional)).toBeUndefined()
        }
        expect(open(key, nonce, ciphertext, empty)).toBeUndefined()
        expect(open(counting(32), nonce, ciphertext, additional)).toBeUndefined()
        expect(open(key, counting(nonce.length), ciphertext, additional)).toBeUndefined()
        expect(open(key, nonce, ciphertext, additional)).toEqual(text)
      })
      test("refuses wrong lengths of key and nonce", () => {
        for (const call of [seal, open]) {
          expect(codeThrownBy(() => call(key.subarray(1), nonce, text, empty))).toBe("BAD_LENGTH")
          expect(codeThrownBy(() => call(key, nonce.subarray(1), text, empty))).toBe("BAD_LENGTH")
          expect(codeThrownBy(() => call(key, concat(nonce, nonce), text, empty))).toBe("BAD_LENGTH")
        }
      })
      test("keeps and changes no input", () => {
        const [k, n, p, a] = [key.slice(), nonce.slice(), text.slice(), additional.slice()]
        const first = seal(k, n, p, a)
        const copy = first.slice()
        open(k, n, first, a)
        seal(counting(32), n, p, a)
        expect([k, n, p, a, first]).toEqual([key, nonce, text, additional, copy])
      })
    })

    describe("X25519", () => {
      test.each([
        [
          "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
          "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
        ],
        [
          "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
          "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
          "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
        ],
      ])("gives the value of RFC 7748, section 5.2, for %s", (scalar, point, shared) => {
        expect(hex(crypto.agree(bytes(scalar), bytes(point)) ?? empty)).toBe(shared)
      })
      test("gives the iterated values of RFC 7748, section 5.2", () => {
        let scalar: Uint8Array = Uint8Array.of(9, ...new Uint8Array(31))
        let point = scalar
        for (let i = 1; i <= 1000; i++) {
          const next = crypto.agree(scalar, point) as Uint8Array
          point = scalar
          scalar = next
          if (i === 1) expect(hex(scalar)).toBe("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
        }
        expect(hex(scalar)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
      })
      test("both sides agree, and the seed is the secret key", () => {
        const [a, b] = [crypto.agreementKeyPair(counting(32, 1)), crypto.agreementKeyPair(counting(32, 2))]
        expect(a.secretKey).toEqual(counting(32, 1))
        expect(crypto.agree(a.secretKey, b.publicKey)).toEqual(crypto.agree(b.secretKey, a.publicKey))
      })
      test.each([
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
      ])("has no result for the low order point %s", (point) => {
        expect(crypto.agree(counting(32, 1), bytes(point))).toBeUndefined()
      })
      test("refuses wrong lengths", () => {
        expect(codeThrownBy(() => crypto.agree(new Uint8Array(31), key))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.agree(key, new Uint8Array(33)))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.agreementKeyPair(new Uint8Array(64)))).toBe("BAD_LENGTH")
      })
    })

    describe("Ed25519", () => {
      test.each([
        [
          "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
          "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
          "",
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
          "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
          "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
          "72",
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
          "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
          "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
          "af82",
          "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
      ])("gives the value of RFC 8032, section 7.1, for %s", (seed, publicKey, message, signature) => {
        const pair = crypto.signingKeyPair(bytes(seed))
        expect(hex(pair.publicKey)).toBe(publicKey)
        expect(hex(pair.secretKey)).toBe(seed + publicKey)
        expect(hex(crypto.sign(pair.secretKey, bytes(message)))).toBe(signature)
        expect(crypto.verify(pair.publicKey, bytes(message), bytes(signature))).toBe(true)
      })
      test("verifies no truncation, no flipped byte and no other message or key", () => {
        const pair = crypto.signingKeyPair(counting(32))
        const signature = crypto.sign(pair.secretKey, text)
        for (let length = 0; length < 64; length++)
          expect(crypto.verify(pair.publicKey, text, signature.subarray(0, length))).toBe(false)
        for (let i = 0; i < 64; i++) {
          const flipped = signature.slice()
          flipped[i] = (flipped[i] as number) ^ 128
          expect(crypto.verify(pair.publicKey, text, flipped)).toBe(false)
        }
        expect(crypto.verify(pair.publicKey, empty, signature)).toBe(false)
        expect(crypto.verify(crypto.signingKeyPair(counting(32, 1)).publicKey, text, signature)).toBe(false)
        expect(crypto.verify(new Uint8Array(32), text, new Uint8Array(64))).toBe(false)
      })
      test("refuses wrong lengths", () => {
        expect(codeThrownBy(() => crypto.signingKeyPair(new Uint8Array(31)))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.sign(new Uint8Array(32), text))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.verify(new Uint8Array(31), text, new Uint8Array(64)))).toBe("BAD_LENGTH")
      })
      test("converts to X25519: the secret and the public form belong together", () => {
        const pair = crypto.signingKeyPair(counting(32, 7))
        const secretKey = crypto.agreementSecretKey(pair.secretKey)
        expect(crypto.agreementPublicKey(pair.publicKey)).toEqual(crypto.agreementKeyPair(secretKey).publicKey)
      })
      test("a key and its negation convert alike", () => {
        const { publicKey } = crypto.signingKeyPair(counting(32, 7))
        const negated = publicKey.slice()
        negated[31] = (negated[31] as number) ^ 128
        expect(crypto.agreementPublicKey(negated)).toEqual(crypto.agreementPublicKey(publicKey))
      })
      test("does not convert points of low order, off the curve or not canonical", () => {
        for (const point of [
          "0000000000000000000000000000000000000000000000000000000000000000",
          "0100000000000000000000000000000000000000000000000000000000000000",
          "0200000000000000000000000000000000000000000000000000000000000000",
          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        ])
          expect(crypto.agreementPublicKey(bytes(point)), point).toBeUndefined()
      })
    })

    describe("ML-KEM-768", () => {
      test("gives the accumulated value of 100 random runs that the CCTV project publishes", () => {
        expect(accumulated(crypto, 100)).toBe("1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415")
      })
      test("a forged ciphertext gives the pseudo-random secret of FIPS 203, algorithm 18", () => {
        const seed = counting(64, 3)
        const pair = crypto.kemKeyPair(seed)
        const { ciphertext, secret } = crypto.kemEncapsulate(pair.publicKey, counting(32)) as {
          ciphertext: Uint8Array
          secret: Uint8Array
        }
        expect(crypto.kemDecapsulate(pair.secretKey, ciphertext)).toEqual(secret)
        ciphertext[500] = (ciphertext[500] as number) ^ 1
        const rejection = createHash("shake256", { outputLength: 32 })
          .update(seed.subarray(32))
          .update(ciphertext)
          .digest("hex")
        expect(hex(crypto.kemDecapsulate(pair.secretKey, ciphertext))).toBe(rejection)
      })
      test("refuses a public key with a coefficient of 3,329 or more, wherever it is", () => {
        const { publicKey } = crypto.kemKeyPair(counting(64))
        for (const coefficient of [0, 1, 2, 383, 766, 767])
          for (const value of [3329, 3330, 4095])
            expect(crypto.kemEncapsulate(withCoefficient(publicKey, coefficient, value), key)).toBeUndefined()
        expect(crypto.kemEncapsulate(withCoefficient(publicKey, 767, 3328), key)).toBeDefined()
      })
      test("refuses wrong lengths", () => {
        const pair = crypto.kemKeyPair(counting(64))
        expect(codeThrownBy(() => crypto.kemKeyPair(key))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.kemEncapsulate(pair.publicKey.subarray(1), key))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.kemEncapsulate(pair.publicKey, key.subarray(1)))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.kemDecapsulate(pair.secretKey, new Uint8Array(1087)))).toBe("BAD_LENGTH")
        expect(codeThrownBy(() => crypto.kemDecapsulate(pair.secretKey.subarray(1), new Uint8Array(1088)))).toBe(
          "BAD_LENGTH",
        )
      })
    })

    describe("Argon2id", () => {
      const cost = { operations: 2, memoryBytes: 1 << 16 }
      test("gives 32 bytes that depend on everything, alike every time", () => {
        const results = [
          crypto.passwordKey(utf8("open"), counting(16), cost),
          crypto.passwordKey(utf8("Open"), counting(16), cost),
          crypto.passwordKey(utf8("open"), counting(16, 1), cost),
          crypto.passwordKey(utf8("open"), counting(16), { ...cost, operations: 3 }),
          crypto.passwordKey(utf8("open"), counting(16), { ...cost, memoryBytes: 1 << 17 }),
        ].map(hex)
        expect(new Set(results).size).toBe(5)
        expect(hex(crypto.passwordKey(utf8("open"), counting(16), cost))).toBe(results[0])
        expect(results[0]).toHaveLength(64)
      })
      test("refuses a salt of another length, and costs outside the bounds", () => {
        expect(codeThrownBy(() => crypto.passwordKey(key, counting(15), cost))).toBe("BAD_LENGTH")
        for (const wrong of [{ operations: 0 }, { operations: 1.5 }, { memoryBytes: 8191 }, { memoryBytes: 2 ** 31 }])
          expect(codeThrownBy(() => crypto.passwordKey(key, counting(16), { ...cost, ...wrong }))).toBe(
            "BAD_PASSWORD_COST",
          )
      })
    })

    test("equal compares content, and wipe overwrites every buffer", () => {
      expect(crypto.equal(counting(32), counting(32))).toBe(true)
      expect(crypto.equal(counting(32), counting(31))).toBe(false)
      expect(crypto.equal(counting(32), counting(32, 1))).toBe(false)
      expect(crypto.equal(empty, empty)).toBe(true)
      const [a, b] = [counting(8, 1), counting(8, 1)]
      crypto.wipe(a, b)
      expect([a, b]).toEqual([new Uint8Array(8), new Uint8Array(8)])
    })
  })

/** RFC 7693, appendix E: hashes of many lengths, hashed. */
function selfTest(crypto: Crypto): Uint8Array {
  const sequence = (length: number, seed: number): Uint8Array => {
    let a = Math.imul(0xdead4bad, seed)
    let b = 1
    return Uint8Array.from({ length }, () => {
      const t = (a + b) | 0
      a = b
      b = t
      return t >>> 24
    })
  }
  const digests: Uint8Array[] = []
  for (const outBytes of [20, 32, 48, 64])
    for (const inBytes of [0, 3, 128, 129, 255, 1024]) {
      const input = sequence(inBytes, inBytes)
      digests.push(crypto.hash(input, outBytes), crypto.hash(input, outBytes, sequence(outBytes, outBytes)))
    }
  return crypto.hash(concat(...digests), 32)
}

/** The C2SP/CCTV test: everything drawn from one SHAKE128 stream, every result hashed into another. */
function accumulated(crypto: Crypto, runs: number): string {
  const stream = createHash("shake128", { outputLength: runs * (64 + 32 + 1088) }).digest()
  const results = createHash("shake128", { outputLength: 32 })
  let offset = 0
  const draw = (count: number): Uint8Array => new Uint8Array(stream.subarray(offset, (offset += count)))
  for (let i = 0; i < runs; i++) {
    const pair = crypto.kemKeyPair(draw(64))
    const encapsulated = crypto.kemEncapsulate(pair.publicKey, draw(32))
    if (encapsulated === undefined) throw new Error("a key that was just made is refused")
    results.update(pair.publicKey).update(encapsulated.ciphertext).update(encapsulated.secret)
    if (!crypto.equal(crypto.kemDecapsulate(pair.secretKey, encapsulated.ciphertext), encapsulated.secret))
      throw new Error("what was encapsulated is not what is decapsulated")
    results.update(crypto.kemDecapsulate(pair.secretKey, draw(1088)))
  }
  return results.digest("hex")
}

function withCoefficient(publicKey: Uint8Array, index: number, value: number): Uint8Array {
  const changed = publicKey.slice()
  const offset = Math.floor(index / 2) * 3
  const middle = changed[offset + 1] as number
  if (index % 2 === 0) {
    changed[offset] = value & 255
    changed[offset + 1] = (middle & 0xf0) | (value >> 8)
  } else {
    changed[offset + 1] = (middle & 0x0f) | ((value & 15) << 4)
    changed[offset + 2] = value >> 4
  }
  return changed
}

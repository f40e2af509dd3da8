import { codeOf } from "@colloquy/core"
import { noisePattern, noisePatternNames, standardNoisePattern } from "@colloquy/crypto"
import { expect, test } from "vitest"

test("every pattern of the specification is valid, and is named by its protocol name", () => {
  expect(noisePatternNames).toHaveLength(38)
  expect(standardNoisePattern("XK").protocolName).toBe("Noise_XK_25519_ChaChaPoly_BLAKE2b")
  for (const name of noisePatternNames) expect(standardNoisePattern(name).oneWay).toBe(["N", "K", "X"].includes(name))
})

test("a pattern with KEM tokens says so in its protocol name", () => {
  const pattern = noisePattern("XK0hfs", "<- e, e1, s\n...\n-> e, ee, ekem1, es, s, se")
  expect(pattern.protocolName).toBe("Noise_XK0hfs_25519+MLKEM768_ChaChaPoly_BLAKE2b")
  expect(pattern.preMessages).toEqual({ initiator: [], responder: ["e", "e1", "s"] })
  expect(pattern.oneWay).toBe(false)
})

test.each([
  ["no message", "<- s ..."],
  ["an unknown token", "-> e, f <- e, ee"],
  ["no arrow", "e <- e, ee"],
  ["two messages of one side", "-> e -> s"],
  ["a key sent twice", "-> e, e"],
  ["a key that was a pre-message", "-> e ... -> e"],
  ["a result mixed twice", "-> e <- e, ee, ee"],
  ["a result without its keys", "-> e, es"],
  ["a ciphertext for a key not sent", "-> e <- e, ee, ekem1"],
  ["a ciphertext for one's own key", "-> e, e1, ekem1"],
  ["a pre-message in another order", "<- s, e ... -> e, ee"],
  ["a pre-message that mixes", "<- ee ... -> e"],
  ["a pre-message in two parts", "<- e <- s ... -> e, es"],
  ["se that encrypts before ee", "<- e ... -> e, s, se"],
  ["es that encrypts before ee", "<- s ... -> e <- es"],
  ["ss that encrypts before es", "<- s ... -> e, s, ss"],
])("a pattern with %s is refused", (_, notation) => {
  let code: string | undefined
  try {
    noisePattern("XX", notation)
  } catch (error) {
    code = codeOf(error)
  }
  expect(code).toBe("NOISE_BAD_PATTERN")
})

test("a pattern's name is a word that can stand in a protocol name", () => {
  for (const name of ["", "xx", "X_X", "X".repeat(40)])
    expect(() => noisePattern(name, "-> e <- e, ee")).toThrow("name")
})

import { type Crypto, fromHex, toHex, utf8 } from "@colloquy/core"
import { beforeAll, expect, test } from "vitest"
import { loadCrypto } from "../load-crypto.js"
import { type RatchetSuite, ratchetSuite } from "./key-schedule.js"
import { openMessage } from "./open.js"
import { sealMessage } from "./seal.js"
import { acceptRatchet, initiateRatchet } from "./start.js"
import type { Ratchet } from "./state.js"
import { chainCodec, ratchetRootCodec, skippedKeyCodec } from "./state-codec.js"
import vector from "../../test/vectors/ratchet-state-v1.json" with { type: "json" }

let crypto: Crypto
let suite: RatchetSuite
beforeAll(async () => {
  crypto = await loadCrypto()
  suite = ratchetSuite(crypto, "colloquy/Test")
})

const associatedData = new Uint8Array(32).fill(1)
const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(9)

/** What was stored by version 1, made from fixed secrets. */
function make(): typeof vector {
  const of = (label: string): Uint8Array => crypto.hash(utf8(label), 32)
  const secrets = { sharedKey: of("shared key"), initiatorHeaderKey: of("hka"), responderHeaderKey: of("nhkb") }
  const prekey = crypto.agreementKeyPair(of("prekey"))
  const own = crypto.agreementKeyPair(of("ratchet key"))
  const saro = initiateRatchet(suite, secrets, own, prekey.publicKey) as Ratchet
  const raya = acceptRatchet(suite, secrets, prekey.secretKey, own.publicKey) as Ratchet
  const first = sealMessage(suite, saro, utf8("first"), associatedData, random)
  if (first === undefined) throw new Error("exhausted")
  const second = sealMessage(suite, { ...saro, sending: first.sending }, utf8("second"), associatedData, random)
  if (second === undefined) throw new Error("exhausted")
  const opened = openMessage(suite, raya, new Map(), {
    position: { chain: "current", number: 1 },
    hint: second.hint,
    payload: second.payload,
    associatedData,
    nowMs: 1_800_000_000_000,
  })
  if (opened.kind !== "opened" || opened.receiving === undefined) throw new Error("refused")
  const [row, skipped] = [...(opened.skipped ?? [])][0] ?? ["", undefined]
  if (skipped === undefined) throw new Error("nothing skipped")
  return {
    initiator: {
      root: toHex(ratchetRootCodec.encode(saro.root)),
      sending: toHex(chainCodec.encode(second.sending)),
      receiving: toHex(chainCodec.encode(saro.receiving)),
    },
    responder: {
      root: toHex(ratchetRootCodec.encode(raya.root)),
      sending: toHex(chainCodec.encode(raya.sending)),
      receiving: toHex(chainCodec.encode(opened.receiving)),
      skippedRow: row,
      skipped: toHex(skippedKeyCodec.encode(skipped)),
    },
    hints: [toHex(first.hint), toHex(second.hint)],
    payloads: [toHex(first.payload), toHex(second.payload)],
  }
}

test("state and payloads of version 1 are still what they were", () => {
  expect(make()).toEqual(vector)
})

test("stored state of version 1 decodes to what encodes alike, and opens what waited", () => {
  const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array
  for (const { root, sending, receiving } of [vector.initiator, vector.responder]) {
    expect(toHex(ratchetRootCodec.encode(ratchetRootCodec.decode(bytes(root), 1)))).toBe(root)
    for (const chain of [sending, receiving])
      expect(toHex(chainCodec.encode(chainCodec.decode(bytes(chain), 1)))).toBe(chain)
  }
  const { responder } = vector
  const ratchet = {
    root: ratchetRootCodec.decode(bytes(responder.root), 1),
    sending: null,
    receiving: chainCodec.decode(bytes(responder.receiving), 1),
  }
  const rows = new Map([[responder.skippedRow, skippedKeyCodec.decode(bytes(responder.skipped), 1)]])
  const opened = openMessage(suite, ratchet, rows, {
    position: { chain: "skipped", row: responder.skippedRow },
    hint: bytes(vector.hints[0] as string),
    payload: bytes(vector.payloads[0] as string),
    associatedData,
    nowMs: 1_800_000_000_000,
  })
  expect(opened.kind === "opened" && new TextDecoder().decode(opened.plaintext)).toBe("first")
})

test("damaged state throws STATE_DAMAGED: truncated, longer, of another version, with undefined flags", () => {
  const damaged = expect.objectContaining({ code: "STATE_DAMAGED" })
  const root = fromHex(vector.responder.root) as Uint8Array
  const chain = fromHex(vector.responder.receiving) as Uint8Array
  const skipped = fromHex(vector.responder.skipped) as Uint8Array
  for (const [codec, bytes] of [
    [ratchetRootCodec, root],
    [chainCodec, chain],
    [skippedKeyCodec, skipped],
  ] as const) {
    for (let length = codec === chainCodec ? 1 : 0; length < bytes.length; length++)
      expect(() => codec.decode(bytes.slice(0, length), 1)).toThrow(damaged)
    expect(() => codec.decode(Uint8Array.of(...bytes, 0), 1)).toThrow(damaged)
    expect(() => codec.decode(bytes, 2)).toThrow(damaged)
  }
  expect(() => ratchetRootCodec.decode(Uint8Array.of(4, ...root.slice(1)), 1)).toThrow(damaged)
})

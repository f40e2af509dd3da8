import { type ConversationId, type Crypto, type Participant, toHex, utf8 } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { sdsIdPrefix, sdsMessageId } from "./message-id.js"

const conversation = "/private/1/000102030405060708090a0b0c0d0e0f" as ConversationId
const sender = "11".repeat(32) as Participant

/** Shows what is hashed: the input itself, as the digest's place of 16 bytes allows. */
function inputOf(run: (crypto: Crypto) => void): string {
  let input = ""
  const crypto = { hash: (message: Uint8Array, bytes: number) => ((input = toHex(message)), new Uint8Array(bytes)) }
  run(crypto as unknown as Crypto)
  return input
}

describe("the id of a message", () => {
  const prefix = sdsIdPrefix(conversation, sender)
  const head = toHex(utf8("colloquy/sds-id/1")) + "2b000000" + toHex(utf8(conversation)) + "20000000" + "11".repeat(32)

  it("hashes the label, the conversation, the sender, the sequence number and the content", () => {
    const input = inputOf((crypto) => sdsMessageId(crypto, prefix, 2 ** 40 + 258, Uint8Array.of(7, 8)))
    expect(input).toBe(head + "0201000000010000" + "00000000" + "01000000" + "0708")
  })

  it("tells segments from each other and from a whole message", () => {
    const input = inputOf((crypto) => sdsMessageId(crypto, prefix, 1, Uint8Array.of(7), { index: 2, count: 3 }))
    expect(input).toBe(head + "0100000000000000" + "02000000" + "03000000" + "07")
  })

  it("leaves neither its content nor its prefix changed", () => {
    const content = Uint8Array.of(1, 2)
    const before = toHex(prefix)
    inputOf((crypto) => sdsMessageId(crypto, prefix, 1, content))
    expect([toHex(content), toHex(prefix)]).toEqual(["0102", before])
  })
})

import { describe, expect, expectTypeOf, it } from "vitest"
import { codeOf } from "../errors.js"
import { type MessageId, messageIdFromBytes, messageIdToBytes, parseMessageId } from "./message-id.js"
import { type Participant, participantFromKey, participantKey, parseParticipant } from "./participant.js"

describe.each([
  ["a participant", 32, participantFromKey, participantKey, parseParticipant, "BAD_PARTICIPANT"],
  ["a message id", 16, messageIdFromBytes, messageIdToBytes, parseMessageId, "BAD_MESSAGE_ID"],
] as const)("%s", (_, length, print, bytesOf, parse, code) => {
  const bytes = Uint8Array.from({ length }, (_, i) => 255 - i)

  it("is its bytes in lower-case hexadecimal, both ways", () => {
    const text = print(bytes)
    expect(text).toBe(Buffer.from(bytes).toString("hex"))
    expect(bytesOf(text as never)).toEqual(bytes)
    expect(parse(text)).toBe(text)
  })

  it("has one length and one form", () => {
    for (const wrong of [0, length - 1, length + 1, 2 * length])
      expect(codeOf(thrown(() => print(new Uint8Array(wrong))))).toBe(code)
    const text = "ab".repeat(length)
    for (const wrong of [
      "",
      text.toUpperCase(),
      text.slice(1),
      text.slice(2),
      `${text}00`,
      `${text}\n`,
      `0x${text.slice(2)}`,
    ])
      expect(codeOf(thrown(() => parse(wrong)))).toBe(code)
  })
})

it("ids of different kinds do not mix", () => {
  expectTypeOf<Participant>().not.toExtend<MessageId>()
  expectTypeOf<string>().not.toExtend<Participant>()
  expectTypeOf<Participant>().toExtend<string>()
})

function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

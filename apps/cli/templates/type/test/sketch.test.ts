import { fromUtf8, utf8 } from "@colloquy/core"
import { openLaboratory, type Subject } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import { expect, test } from "vitest"
import { SketchV1 } from "../src/index.js"

async function talking() {
  const laboratory = await openLaboratory({ types: [SketchV1, InboxV1], seed: 1 })
  const [saro, raya] = [await laboratory.person("saro"), await laboratory.person("raya")]
  const conversation = await saro.start(SketchV1.id, [await raya.introduce()], utf8("hello"))
  await laboratory.settle()
  await raya.allow(conversation)
  return { laboratory, saro, raya, conversation }
}

const heard = ({ delivered }: Subject) => delivered.map(({ content }) => fromUtf8(content))

test("SK1-5: the invite begins one conversation, and brings the first message", async () => {
  const { saro, raya, conversation } = await talking()
  expect([saro.conversations, raya.conversations]).toEqual([[conversation], [conversation]])
  expect(heard(raya)).toEqual(["hello"])
})

test("SK1-7, SK1-9: what one side sends the other delivers once, under the same id, in both directions", async () => {
  const { laboratory, saro, raya, conversation } = await talking()
  for (const [from, text] of [
    [raya, "hello you"],
    [saro, "how are you?"],
    [saro, "are you there?"],
    [raya, "yes"],
  ] as const) {
    await from.send(conversation, utf8(text))
    await laboratory.settle()
  }
  expect(heard(saro)).toEqual(["hello you", "yes"])
  expect(heard(raya)).toEqual(["hello", "how are you?", "are you there?"])
  const ids = raya.delivered.map(({ message }) => message)
  expect(new Set(ids).size).toBe(3)
})

test("SK1-10, SK1-11: payloads that overtake each other arrive, up to 64", async () => {
  const { laboratory, saro, raya, conversation } = await talking()
  await laboratory.settle()
  for (let number = 0; number < 64; number++) await saro.send(conversation, utf8(String(number)))
  const payloads = [...laboratory.hold()].reverse()
  for (const payload of payloads) await raya.receive(payload)
  expect(heard(raya).slice(1)).toEqual(payloads.map((_, index) => String(63 - index)))
})

test("SK1-2: content that is too long is refused", async () => {
  const { saro, conversation } = await talking()
  const { outcome } = await saro.send(conversation, new Uint8Array(65_537))
  expect(outcome).toMatchObject({ kind: "refused", code: "CONTENT_TOO_LONG" })
})

test("SK1-4: an offer is used once", async () => {
  const { laboratory, saro, raya } = await talking()
  const introduction = laboratory.introductions[0] as Uint8Array
  await saro.start(SketchV1.id, [introduction])
  await laboratory.settle()
  expect(raya.conversations.length).toBe(1)
})

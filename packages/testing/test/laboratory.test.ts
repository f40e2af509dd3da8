import { InboxV1, PrivateV1 } from "colloquy"
import { fromUtf8, utf8, type Hint, type TypeId } from "@colloquy/core"
import { expect, test } from "vitest"
import { type Laboratory, openLaboratory, type Subject } from "../src/index.js"

const types = [PrivateV1, InboxV1]

async function acquainted(seed = 1): Promise<{ laboratory: Laboratory; saro: Subject; raya: Subject; id: never }> {
  const laboratory = await openLaboratory({ types, seed })
  const saro = await laboratory.person("saro")
  const raya = await laboratory.person("raya")
  const id = await saro.start(PrivateV1.id, [await raya.introduce()], utf8("hello"))
  await laboratory.settle()
  await raya.allow(id)
  await laboratory.settle()
  return { laboratory, saro, raya, id: id as never }
}

const texts = (subject: Subject): (string | undefined)[] => subject.delivered.map(({ content }) => fromUtf8(content))

test("two people converse: an invite through the inbox, then messages both ways", async () => {
  const { laboratory, saro, raya, id } = await acquainted()
  await raya.send(id, utf8("hi"))
  await laboratory.settle()
  await saro.send(id, utf8("how are you?"))
  await laboratory.settle()
  expect(texts(raya)).toEqual(["hello", "how are you?"])
  expect(texts(saro)).toEqual(["hi"])
  expect(laboratory.faults).toEqual([])
  expect(raya.conversations).toEqual(saro.conversations)
})

test("the same seed makes the same bytes, another seed others", async () => {
  const bytes = async (seed: number) => (await acquainted(seed)).laboratory.wire.map(({ payload }) => payload)
  expect(await bytes(1)).toEqual(await bytes(1))
  expect(await bytes(1)).not.toEqual(await bytes(2))
})

test("what happens in a fork does not touch the other, and the same happens in both", async () => {
  const { laboratory, saro, raya, id } = await acquainted()
  const fork = laboratory.fork()
  const [forkedSaro, forkedRaya] = fork.subjects as [Subject, Subject]
  await forkedSaro.send(id, utf8("over there"))
  await fork.settle()
  expect(texts(forkedRaya)).toEqual(["hello", "over there"])
  expect(texts(raya)).toEqual(["hello"])
  await saro.send(id, utf8("over there"))
  await laboratory.settle()
  expect(laboratory.wire).toEqual(fork.wire)
  const salted = laboratory.fork("salt")
  await salted.settle()
  expect(salted.wire).toEqual(laboratory.wire)
})

test("time wakes who is due: what was lost comes again", async () => {
  const { laboratory, saro, raya, id } = await acquainted()
  await saro.send(id, utf8("lost"))
  expect(laboratory.hold()).toHaveLength(1)
  await laboratory.settle()
  expect(texts(raya)).toEqual(["hello"])
  for (let hours = 0; hours < 48; hours++) {
    await laboratory.pass(3_600_000)
    await laboratory.settle()
  }
  expect(texts(raya)).toEqual(["hello", "lost"])
  expect(saro.fates.at(-1)?.fate).toBe("acknowledged")
})

test("a payload that overtakes the listening of its recipient waits for it", async () => {
  const laboratory = await openLaboratory({ types, seed: 3 })
  const saro = await laboratory.person("saro")
  const raya = await laboratory.person("raya")
  const id = await saro.start(PrivateV1.id, [await raya.introduce()])
  const [invite] = laboratory.hold()
  await saro.send(id, utf8("ahead"))
  await laboratory.settle()
  expect(texts(raya)).toEqual([])
  await raya.receive(invite as NonNullable<typeof invite>)
  expect(texts(raya)).toEqual(["ahead"])
})

test("a thief with everything that was stolen reads what the victim would", async () => {
  const { laboratory, saro, raya, id } = await acquainted()
  const thief = laboratory.thief("pax", raya.steal())
  await saro.send(id, utf8("secret"))
  const [payload] = laboratory.hold()
  await thief.receive(payload as NonNullable<typeof payload>)
  expect(texts(thief)).toEqual(["secret"])
  expect(texts(raya)).toEqual(["hello"])
})

test("a restart between any two steps changes nothing", async () => {
  const { laboratory, saro, raya, id } = await acquainted()
  const fork = laboratory.fork()
  for (const world of [laboratory, fork]) {
    for (const text of ["one", "two", "three"]) {
      if (world === fork) for (const subject of world.subjects) subject.reload()
      await (world.subjects[0] as Subject).send(id, utf8(text))
      await world.settle()
    }
  }
  expect(fork.wire).toEqual(laboratory.wire)
  expect(texts(fork.subjects[1] as Subject)).toEqual(texts(raya))
  expect(saro.steal()).toEqual((fork.subjects[0] as Subject).steal())
})

test("an attempt answers what a step would, and changes nothing", async () => {
  const { laboratory, saro, raya, id } = await acquainted()
  await saro.send(id, utf8("once"))
  const [payload] = laboratory.hold()
  const { topic, hint, payload: bytes } = payload as NonNullable<typeof payload>
  const before = raya.steal()
  const attempt = await raya.attempt(id, { kind: "receive", topic, hint: hint as Hint, payload: bytes })
  expect(attempt.kind).toBe("next")
  expect(raya.steal()).toEqual(before)
  const { outcome } = await raya.step(id, { kind: "receive", topic, hint: hint as Hint, payload: bytes })
  expect(outcome.kind === "next" && outcome.patch).toEqual(attempt.kind === "next" && attempt.patch)
  const refused = await raya.attempt(id, { kind: "receive", topic, hint: hint as Hint, payload: bytes.subarray(1) })
  expect(refused.kind).toBe("refused")
})

test("operations on keys and draws of randomness are on record, with whose they are", async () => {
  const { laboratory, saro } = await acquainted()
  const { operations } = laboratory.trace
  for (const name of ["hash", "seal", "open", "agree", "kemEncapsulate", "random", "identity-agree"])
    expect(operations.map((operation) => operation.name)).toContain(name)
  expect(operations.filter(({ by }) => by === saro.participant).length).toBeGreaterThan(10)
  expect(operations.map(({ number }) => number)).toEqual(operations.map((_, index) => index))
  laboratory.recording = false
  await saro.introduce()
  expect(laboratory.trace.operations).toHaveLength(operations.length)
})

test("a type without a registration is refused by name", async () => {
  const { saro } = await acquainted()
  await expect(saro.start("NobodyV1" as TypeId, [])).rejects.toMatchObject({ code: "TYPE_UNREGISTERED" })
})

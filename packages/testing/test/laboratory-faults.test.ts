import { type AnyConversationType, utf8 } from "@colloquy/core"
import { InboxV1 } from "colloquy"
import { afterEach, expect, test, vi } from "vitest"
import { type Laboratory, openLaboratory, type Subject } from "../src/index.js"
import { probeType } from "./support/probe/probe-type.js"

afterEach(() => vi.useRealTimers())

type Answer = (input: { readonly kind: string }) => unknown

/** A probe whose conversations answer a `send` in another way. */
async function answering(answer: Answer): Promise<{ laboratory: Laboratory; saro: Subject; id: never }> {
  const probe = probeType()
  const { state, machine } = probe.conversation as NonNullable<AnyConversationType["conversation"]>
  const strange = Object.create(machine, {
    start: { value: machine.start.bind(machine) },
    routes: { value: machine.routes.bind(machine) },
    view: { value: machine.view.bind(machine) },
    step: {
      value: (...given: Parameters<typeof machine.step>) =>
        given[1].kind === "send" ? answer(given[1]) : machine.step(...given),
    },
  }) as typeof machine
  const type: AnyConversationType = { ...probe, conversation: { state, machine: strange } }
  const laboratory = await openLaboratory({ types: [type, InboxV1], seed: 1 })
  const [saro, raya] = [await laboratory.person("saro"), await laboratory.person("raya")]
  const id = await saro.start(type.id, [await raya.introduce()])
  await laboratory.settle()
  return { laboratory, saro, id: id as never }
}

const next = { kind: "next", patch: {}, effects: [] }
const sent = { kind: "sent", message: "ab".repeat(16), lamport: 1, sentAtMs: 1 }
const nonsense: readonly (readonly [what: string, code: string, answer: unknown])[] = [
  ["nothing", "TYPE_FAULT", undefined],
  ["another kind of outcome", "TYPE_FAULT", { kind: "perhaps" }],
  ["a refusal without a code", "TYPE_FAULT", { kind: "refused" }],
  ["no patch", "TYPE_FAULT", { ...next, patch: undefined }],
  ["no effects", "TYPE_FAULT", { ...next, effects: undefined }],
  ["a deadline that is no time", "TYPE_FAULT", { ...next, wakeAtMs: Number.NaN }],
  ["something to wipe that is no buffer", "TYPE_FAULT", { ...next, wipe: ["secret"] }],
  ["a piece that is not declared", "PIECE_UNDECLARED", { ...next, patch: { other: 1 }, effects: [sent] }],
  ["rows that are no rows", "PATCH_MALFORMED", { ...next, patch: { words: "x" }, effects: [sent] }],
  ["no name for what was sent", "EFFECT_MISSING", next],
  ["two names for what was sent", "EFFECT_MISPLACED", { ...next, effects: [sent, sent] }],
  ["an effect of residents", "EFFECT_MISPLACED", { ...next, effects: [sent, { kind: "offered", offer: utf8("x") }] }],
  ["a place that is no number", "EFFECT_MALFORMED", { ...next, effects: [{ ...sent, lamport: -1 }] }],
  ["a notice that is not declared", "NOTICE_UNDECLARED", { ...next, effects: [sent, { kind: "notice", name: "x" }] }],
  ["a topic that is not declared", "TOPIC_UNDECLARED", published({ topic: "/a/1/b/c", payload: utf8("x") })],
  ["an empty payload", "ENVELOPE_EMPTY", published({ payload: new Uint8Array(0) })],
  ["a hint of another length", "BAD_HINT", published({ payload: utf8("x"), hint: utf8("x") })],
]

function published(effect: object): object {
  const topic = `/probe/1/probe-${"ab".repeat(16)}/raw`
  return { ...next, effects: [sent, { kind: "publish", topic, ...effect }] }
}

test.each(nonsense)("a machine that answers %s is a finding, %s, and nothing changes", async (_, code, answer) => {
  const { laboratory, saro, id } = await answering(() => answer)
  const [before, wire] = [saro.steal(), laboratory.wire.length]
  const { outcome } = await saro.send(id, utf8("hello"))
  expect(outcome).toEqual({ kind: "refused", code })
  expect(laboratory.faults).toMatchObject([{ by: saro.participant, type: "ProbeV1", input: "send", code }])
  expect(saro.steal()).toEqual(before)
  expect(laboratory.wire).toHaveLength(wire)
  await laboratory.settle()
  expect((await saro.command(id, "ping", "still there")).outcome.kind).toBe("next")
})

test("a machine that throws, at once or later, is a finding, and not a crash", async () => {
  for (const answer of [
    () => {
      throw new TypeError("oops")
    },
    () => Promise.reject(new TypeError("oops")),
  ]) {
    const { laboratory, saro, id } = await answering(answer)
    expect((await saro.send(id, utf8("hello"))).outcome).toEqual({ kind: "refused", code: "TYPE_FAULT" })
    expect(laboratory.faults).toMatchObject([{ code: "TYPE_FAULT", message: "oops" }])
  }
})

test("a step that is never finished is a finding, too", async () => {
  const { laboratory, saro, id } = await answering(() => new Promise(() => undefined))
  vi.useFakeTimers()
  const reaction = saro.send(id, utf8("hello"))
  await vi.advanceTimersByTimeAsync(60_000)
  expect((await reaction).outcome).toEqual({ kind: "refused", code: "STEP_HANGS" })
  expect(laboratory.faults).toMatchObject([{ code: "STEP_HANGS" }])
})

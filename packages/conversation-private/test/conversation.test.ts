import { type Crypto, type Hint, type TypeId, toHex, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { PrivateV1 } from "../src/index.js"
import { acquainted, deliveredText, find, Party } from "./harness.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

describe("PrivateV1", () => {
  test("is a complete ConversationType without warnings", () => {
    expect(PrivateV1.id).toBe("PrivateV1")
    expect(PrivateV1.name).toEqual({ name: "private", version: 1 })
    expect(PrivateV1.warnings).toEqual([])
  })

  test("PV1-9: both sides come to the same id, and every conversation has another", () => {
    const one = acquainted(crypto)
    expect(one.saro.talk.id).toMatch(/^\/private\/1\/[0-9a-f]{32}$/)
    expect(one.raya.talk.id).toBe(one.saro.talk.id)
    const saro = new Party(crypto, "saro", (bytes) => crypto.hash(utf8("other"), 64).slice(0, bytes))
    saro.create(one.raya.asPeer())
    expect(new Set([saro.talk.id, one.saro.talk.id, one.raya.resident.id, one.saro.resident.id]).size).toBe(4)
  })

  test("PV1-12: the first content arrives with the invite, under the id that its sender was told", () => {
    const saro = new Party(crypto, "saro")
    const raya = new Party(crypto, "raya")
    const created = saro.create(raya.asPeer(), "hello")
    if ("kind" in created) throw new Error(created.code)
    expect(created.effects.map(({ kind }) => kind).sort()).toEqual(["carry", "listen", "sent"])
    expect(created.effects.find((effect) => effect.kind === "carry")).toMatchObject({
      to: raya.participant,
      message: created.sent?.message,
      parcel: { type: "PrivateV1", kind: "invite" },
    })
    const accepted = raya.accept(saro.participant, created.invite)
    if ("kind" in accepted) throw new Error(accepted.code)
    expect(accepted.delivered).toEqual([
      {
        kind: "deliver",
        message: created.sent?.message,
        from: saro.participant,
        lamport: saro.nowMs,
        sentAtMs: saro.nowMs,
        content: utf8("hello"),
      },
    ])
    expect(deliveredText(saro.receive(raya.send("hi")))).toBe("hi")
  })

  test("PV1-17, PV1-18: a conversation goes to and fro, and both sides always expect what their state says", () => {
    const { saro, raya } = acquainted(crypto, "first")
    for (let turn = 0; turn < 30; turn++) {
      const [from, to] = turn % 2 === 0 ? [saro, raya] : [raya, saro]
      for (let n = 0; n <= turn % 5; n++) {
        expect(deliveredText(to.receive(from.send(`${turn} ${n}`)))).toBe(`${turn} ${n}`)
        for (const party of [saro, raya]) expect(party.talk.expected).toEqual(party.routes())
      }
    }
  })

  test("messages sent before the invite is accepted, and before anything comes back, arrive", () => {
    const saro = new Party(crypto, "saro")
    const raya = new Party(crypto, "raya")
    const created = saro.create(raya.asPeer())
    if ("kind" in created) throw new Error(created.code)
    const early = [saro.send("one"), saro.send("two")]
    raya.accept(saro.participant, created.invite)
    expect(early.map((flying) => deliveredText(raya.receive(flying)))).toEqual(["one", "two"])
  })

  test("PV1-29: a sender is told the id that the receiver computes, and each message has its own", () => {
    const { saro, raya } = acquainted(crypto)
    const ids = new Set<string>()
    for (let n = 0; n < 5; n++) {
      const flying = saro.send("the same text")
      const outcome = raya.receive(flying)
      if (outcome?.kind !== "next") throw new Error("refused")
      expect(find(outcome, "deliver").message).toBe(flying.message)
      ids.add(flying.message)
    }
    expect(ids.size).toBe(5)
  })

  test("PV1-28: 65,536 bytes of content go through in one payload, and one more takes two", () => {
    const { saro, raya } = acquainted(crypto)
    const two = saro.try({ kind: "send", content: new Uint8Array(65_537) })
    expect(two.kind === "next" && two.effects.filter(({ kind }) => kind === "publish")).toHaveLength(2)
    const content = new Uint8Array(65_536).fill(65)
    const outcome = raya.receive(saro.sendBytes(content))
    if (outcome?.kind !== "next") throw new Error("refused")
    expect(toHex(crypto.hash(find(outcome, "deliver").content, 16))).toBe(toHex(crypto.hash(content, 16)))
    expect(deliveredText(raya.receive(saro.sendBytes(new Uint8Array(0))))).toBe("")
  })

  test("PV1-34: a parcel of any type is brought to the peer, and to nobody else", () => {
    const { saro, raya } = acquainted(crypto)
    const parcel = { type: "ReadingCircleV3" as TypeId, kind: "invite" as const, body: Uint8Array.of(1, 2, 3) }
    const out = saro.step({ kind: "carry", to: raya.participant, parcel })
    if (out.kind !== "next") throw new Error("refused")
    const { topic, hint, payload, message } = find(out, "publish")
    expect(message).toBeUndefined()
    const outcome = raya.receive({ topic, hint: hint as Hint, payload })
    if (outcome?.kind !== "next") throw new Error("refused")
    expect(find(outcome, "handover")).toEqual({ kind: "handover", from: saro.participant, parcel })
    expect(saro.step({ kind: "carry", to: saro.participant, parcel })).toEqual({
      kind: "refused",
      code: "PV1_NOT_PEER",
    })
    const long = { ...parcel, body: new Uint8Array(65_537) }
    expect(saro.step({ kind: "carry", to: raya.participant, parcel: long })).toMatchObject({
      code: "PV1_PARCEL_TOO_LONG",
    })
    const longest = { ...parcel, type: `${"A".repeat(40)}V999999` as TypeId, body: new Uint8Array(65_536) }
    expect(saro.step({ kind: "carry", to: raya.participant, parcel: longest }).kind).toBe("next")
  })

  test("PV1-30, PV1-31: Lamport times follow the clock, what was heard, and a peer's only for a year", () => {
    const { saro, raya } = acquainted(crypto)
    const lamports = (outcome: ReturnType<Party["receive"]>): number => {
      if (outcome?.kind !== "next") throw new Error("refused")
      return find(outcome, "deliver").lamport
    }
    const start = saro.nowMs
    expect(lamports(raya.receive(saro.send("one")))).toBe(start)
    expect(lamports(raya.receive(saro.send("two")))).toBe(start + 1)
    expect(lamports(saro.receive(raya.send("three")))).toBe(start + 2)
    saro.nowMs += 5000
    const late = raya.receive(saro.send("four"))
    expect(lamports(late)).toBe(start + 5000)
    const answer = saro.receive(raya.send("five"))
    if (answer?.kind !== "next") throw new Error("refused")
    expect(find(answer, "deliver")).toMatchObject({ lamport: start + 5001, sentAtMs: start })
    saro.nowMs = 2 ** 47
    raya.receive(saro.send("from the far future"))
    expect(lamports(saro.receive(raya.send("six")))).toBe(raya.nowMs + 366 * 86_400_000 + 1)
    saro.nowMs = 2 ** 48
    expect(deliveredText(raya.receive(saro.send("beyond")))).toBe("PV1_LAMPORT")
  })

  test("PV1-25: skipped keys are erased after 30 days, at the time that was asked for", () => {
    const { saro, raya } = acquainted(crypto)
    const [lost, second] = [saro.send("lost"), saro.send("second")]
    raya.receive(second)
    const sweepAtMs = (): unknown => raya.talk.state["sweepAtMs"]
    const deadline = raya.nowMs + 30 * 86_400_000
    expect(sweepAtMs()).toBe(deadline)
    raya.nowMs += 86_400_000
    const lostLater = saro.send("lost later")
    raya.receive(saro.send("third"))
    expect(sweepAtMs()).toBe(deadline)
    expect(raya.talk.wakeAtMs).toBeLessThanOrEqual(deadline)
    raya.nowMs = deadline
    expect(raya.step({ kind: "wake" }).kind).toBe("next")
    expect(sweepAtMs()).toBe(deadline + 86_400_000)
    expect(deliveredText(raya.receive(lostLater))).toBe("lost later")
    raya.nowMs = deadline + 86_400_000
    expect(raya.step({ kind: "wake" }).kind).toBe("next")
    expect(sweepAtMs()).toBeNull()
    expect([...raya.talk.stored().keys()].filter((name) => name.startsWith("skipped"))).toEqual([])
    expect(raya.receive(lost)).toBeUndefined()
    expect(raya.talk.expected).toEqual(raya.routes())
  })

  test("tells who takes part, whom it carries to and how much it takes", () => {
    const { saro, raya } = acquainted(crypto)
    expect(PrivateV1.conversation?.machine.view(saro.talk.state as never)).toEqual({
      participants: [saro.participant, raya.participant],
      carriesTo: [raya.participant],
      can: { send: true },
      contentBytesMax: 16_711_616,
    })
  })

  test("a message writes hundreds of bytes, and few hints", () => {
    const { saro, raya } = acquainted(crypto, "first")
    const measured: Record<string, { bytes: number; hints: number }> = {}
    const note = (name: string, party: Party, input: Parameters<Party["try"]>[0]) => {
      const outcome = party.try(input)
      if (outcome.kind !== "next") throw new Error("refused")
      party.talk.measure(outcome)
      const { bytes, hintsAdded, hintsDropped } = party.talk.cost
      measured[name] = { bytes, hints: hintsAdded + hintsDropped }
      party.talk.apply(outcome)
      return outcome
    }
    const content = utf8("x".repeat(100))
    for (let n = 0; n < 40; n++) {
      const flying = find(note("send in a stream", saro, { kind: "send", content }), "publish")
      note("receive in a stream", raya, { ...flying, kind: "receive" })
    }
    for (let n = 0; n < 4; n++)
      for (const [from, to] of [
        [raya, saro],
        [saro, raya],
      ] as const) {
        const flying = find(note("send in turn", from, { kind: "send", content }), "publish")
        note("receive in turn", to, { ...flying, kind: "receive" })
      }
    expect(measured).toEqual({
      "send in a stream": { bytes: 189, hints: 0 },
      "receive in a stream": { bytes: 59, hints: 2 },
      "send in turn": { bytes: 513, hints: 10 },
      "receive in turn": { bytes: 288, hints: 14 },
    })
  })
})

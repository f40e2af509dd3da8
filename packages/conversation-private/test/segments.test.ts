import { type Crypto, toHex } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { encodeContent, messages } from "../src/frames.js"
import { suiteOf } from "../src/keys.js"
import { pad } from "../src/padding.js"
import type { PrivateState } from "../src/state.js"
import { sealMessage } from "@colloquy/crypto"
import { type AnyEffect, Party } from "./harness.js"
import { calm, type Side, World } from "./world.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

const dayMs = 86_400_000

function stateOf({ party }: Side): PrivateState {
  return party.talk.state as unknown as PrivateState
}

/** Bytes that differ everywhere, so that segments in a wrong order show. */
function long(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >>> 8) * 17) & 0x7f)
}

function settled(seed = 1): World {
  const world = new World(crypto, seed)
  world.say(world.saro, "one")
  world.pass(1000)
  world.say(world.raya, "two")
  world.pass(dayMs)
  return world
}

describe("a message of several segments", () => {
  test("PV1-49: arrives whole, once and under the id that its sender was told, in any order and through losses", () => {
    for (let seed = 0; seed < 6; seed++) {
      const world = settled(seed)
      const content = long(seed === 0 ? 65_537 : 400_000 + seed)
      world.weather = { ...calm, loss: 0.2, duplication: 0.2, delayMaxMs: 60_000, crash: 0.05 }
      world.give(world.saro, { kind: "send", content })
      world.pass(dayMs)
      world.weather = calm
      world.pass(3 * dayMs)
      const { id } = world.saro.sent.at(-1) ?? { id: "" }
      const delivered = world.raya.delivered.filter((message) => message.id === id)
      expect(delivered).toHaveLength(1)
      expect(delivered[0]?.text).toBe(new TextDecoder().decode(content))
      expect(world.saro.fates.get(id as never)).toEqual(["acknowledged"])
      expect(stateOf(world.saro).outgoing.size).toBe(0)
      expect(stateOf(world.raya).segments.size).toBe(0)
    }
  })

  test("PV1-49: up to 16,711,616 bytes; one more is refused and changes nothing", () => {
    const { saro } = settled()
    const before = saro.party.talk.storedHex()
    expect(saro.party.step({ kind: "send", content: new Uint8Array(16_711_617) })).toEqual({
      kind: "refused",
      code: "PV1_CONTENT_TOO_LONG",
    })
    expect(saro.party.talk.storedHex()).toBe(before)
    const outcome = saro.party.try({ kind: "send", content: new Uint8Array(16_711_616) })
    if (outcome.kind !== "next") throw new Error(outcome.code)
    const published = outcome.effects.filter((effect) => effect.kind === "publish")
    expect(published).toHaveLength(255)
    expect(published.filter(({ message }) => message !== undefined)).toEqual([published.at(-1)])
  })

  test.each([61_400, 64_000, 65_536, 65_537, 100_000])(
    "PV1-12, PV1-49: of %i bytes may be the first of a conversation",
    (length) => {
      const saro = new Party(crypto, "saro")
      const raya = new Party(crypto, "raya")
      const content = long(length)
      const created = saro.create(raya.asPeer(), new TextDecoder().decode(content))
      if ("kind" in created) throw new Error(created.code)
      const accepted = raya.accept(saro.participant, created.invite)
      if ("kind" in accepted) throw new Error(accepted.code)
      // No carrier of ours takes more.
      expect(created.invite.body.length).toBeLessThanOrEqual(64_000)
      const delivered = [
        ...accepted.effects.filter(({ kind }) => kind === "deliver"),
        ...created.effects.flatMap((effect: AnyEffect) => {
          if (effect.kind !== "publish" || effect.hint === undefined) return []
          const outcome = raya.receive({ topic: effect.topic, hint: effect.hint, payload: effect.payload })
          return outcome?.kind === "next" ? outcome.effects.filter(({ kind }) => kind === "deliver") : []
        }),
      ]
      expect(delivered).toMatchObject([{ message: created.sent?.message }])
    },
  )

  test("PV1-49: that is never finished is erased after 30 days", () => {
    const world = settled()
    let sent = 0
    world.isLost = (side) => side === world.saro && sent++ > 2
    world.give(world.saro, { kind: "send", content: long(500_000) })
    world.pass(dayMs)
    expect(stateOf(world.raya).segments.size).toBeGreaterThan(0)
    world.pass(31 * dayMs)
    expect(stateOf(world.raya).segments.size).toBe(0)
    world.pass(31 * dayMs)
    expect(stateOf(world.raya).partials.size).toBe(0)
  })

  test("PV1-49: that is not what its digest says delivers nothing, and the conversation goes on", () => {
    const world = settled()
    const { saro, raya } = world
    const frame = encodeContent(long(70_000), 0)
    const seal = (sequence: number, index: number, content: Uint8Array): void => {
      const { bond, root, sending } = stateOf(saro)
      const segment = { index, count: 2, digest: new Uint8Array(32) }
      const plaintext = pad(messages.encode({ lamport: world.nowMs, sequence, content, segment })) as Uint8Array
      const ratchet = { root, sending, receiving: null }
      const sealed = sealMessage(suiteOf(crypto), ratchet, plaintext, bond.outgoing, (bytes) =>
        crypto.hash(new Uint8Array(1), 64).slice(0, bytes),
      )
      if (sealed === undefined) throw new Error("exhausted")
      Object.assign(
        saro.party.talk.state,
        { sending: sealed.sending },
        sealed.root === undefined ? {} : { root: sealed.root },
      )
      const outcome = raya.party.step({
        kind: "receive",
        topic: raya.party.inboxTopic,
        hint: sealed.hint,
        payload: sealed.payload,
      })
      expect(outcome.kind).toBe("next")
      expect(outcome.kind === "next" && outcome.effects.some(({ kind }) => kind === "deliver")).toBe(false)
    }
    const { sequence } = stateOf(saro).link
    seal(sequence, 0, frame.slice(0, 65_536))
    seal(sequence + 1, 1, frame.slice(65_536))
    expect(stateOf(raya).segments.size).toBe(0)
    expect(toHex(stateOf(raya).session.id)).toBe(toHex(stateOf(saro).session.id))
  })
})

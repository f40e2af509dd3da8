import { type Crypto, utf8 } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import type { PrivateState } from "../src/state.js"
import { find } from "./harness.js"
import { calm, type Side, World } from "./world.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

const dayMs = 86_400_000

function stateOf({ party }: Side): PrivateState {
  return party.talk.state as unknown as PrivateState
}

function settled(seed = 1): World {
  const world = new World(crypto, seed)
  world.say(world.saro, "one")
  world.pass(1000)
  world.say(world.raya, "two")
  world.pass(dayMs)
  return world
}

function expectOneLog({ saro, raya }: World, said: number): void {
  expect(saro.log).toEqual(raya.log)
  expect(saro.log).toHaveLength(said)
  for (const side of [saro, raya]) {
    for (const { id } of side.sent) expect(side.fates.get(id)).toEqual(["acknowledged"])
    expect(side.party.talk.expected).toEqual(side.party.routes())
  }
}

describe("whoever was not heard", () => {
  test.each([5, 17, 100, 1500])("PV1-22: is heard again after %i payloads in a row were lost", (lost) => {
    const world = settled()
    world.isLost = () => true
    for (let n = 0; n < lost; n++) world.say(world.saro, `${n}`)
    world.pass(5000)
    world.isLost = () => false
    world.pass(2 * dayMs)
    expectOneLog(world, lost + 2)
  })

  test("PV1-22: when one direction is cut for a month, and when nothing but acknowledgements is lost", () => {
    const world = settled()
    world.isLost = (side) => side === world.raya
    for (let day = 0; day < 30; day++) {
      world.say(world.saro, `${day}`)
      world.pass(dayMs)
    }
    expect(world.raya.delivered).toHaveLength(31)
    world.isLost = () => false
    world.pass(12 * dayMs)
    expectOneLog(world, 32)
  })

  test("PV1-22: who gets again what he has makes his acknowledgement heard", () => {
    const world = settled()
    world.isLost = (side) => side === world.raya
    for (let day = 0; day < 8; day++) {
      world.say(world.saro, `${day}`)
      world.pass(dayMs)
    }
    world.isLost = () => false
    world.pass(2 * dayMs)
    expectOneLog(world, 10)
  })

  test("PV1-47: in a year without an answer sends less than 180 payloads besides his messages, and goes on at once", () => {
    const world = settled()
    world.retentionMs = 11 * dayMs
    world.leave(world.raya)
    const before = world.saro.published
    for (let n = 0; n < 10; n++) {
      world.say(world.saro, `month ${n}`)
      world.pass(30 * dayMs)
    }
    world.pass(65 * dayMs)
    const sent = world.saro.published - before
    expect(sent).toBeLessThan(10 + 180)
    const year = stateOf(world.saro).outgoing.size
    expect(year).toBeGreaterThanOrEqual(10)
    world.comeBack(world.raya)
    world.pass(60_000)
    expect(world.raya.delivered.filter(({ text }) => text.startsWith("month"))).toHaveLength(10)
    world.say(world.raya, "I am back")
    world.pass(dayMs)
    expectOneLog(world, 13)
    expect([...world.raya.fates.values()].flat().filter((fate) => fate === "missing")).toHaveLength(0)
  })

  test("PV1-47: the one who comes back may speak first", () => {
    const world = settled()
    world.retentionMs = 0
    world.leave(world.raya)
    for (let n = 0; n < 20; n++) {
      world.say(world.saro, `${n}`)
      world.pass(dayMs)
    }
    world.comeBack(world.raya)
    world.say(world.raya, "I am back")
    world.pass(300_000)
    expectOneLog(world, 23)
  })
})

describe("a withdrawn message", () => {
  test("PV1-44: is not read by the peer, who waits for nothing", () => {
    const world = settled()
    const { saro, raya } = world
    world.isLost = () => true
    world.say(saro, "a secret that stays at home")
    world.isLost = () => false
    const id = saro.sent.at(-1)?.id as never
    expect(world.give(saro, { kind: "cancel", message: id }).kind).toBe("next")
    expect(saro.party.talk.storedHex()).not.toContain(
      [...utf8("a secret that stays at home")].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
    )
    saro.sent.pop()
    world.say(saro, "three")
    world.pass(dayMs)
    expectOneLog(world, 3)
    expect(saro.fates.get(id)).toBeUndefined()
    expect(stateOf(saro).outgoing.size).toBe(0)
    expect([...raya.fates.values()].flat()).not.toContain("missing")
    expect(stateOf(raya).gaps.size).toBe(0)
  })

  test("PV1-44: it is too late for one that was acknowledged, is not ours, or was withdrawn already", () => {
    const world = settled()
    const { saro, raya } = world
    const late = { kind: "refused", code: "PV1_TOO_LATE" }
    expect(world.give(saro, { kind: "cancel", message: saro.sent[0]?.id as never })).toEqual(late)
    expect(world.give(saro, { kind: "cancel", message: raya.sent[0]?.id as never })).toEqual(late)
    world.isLost = () => true
    world.say(saro, "three")
    const message = saro.sent.at(-1)?.id as never
    expect(world.give(saro, { kind: "cancel", message }).kind).toBe("next")
    expect(world.give(saro, { kind: "cancel", message })).toEqual(late)
  })
})

test("PV1-42: an acknowledgement has the smallest size, whatever is missing, and calls for none", () => {
  const world = settled()
  const { saro, raya } = world
  for (let n = 0; n < 300; n++) {
    world.isLost = () => n % 3 === 1
    world.say(saro, `${n}`)
    world.isLost = () => false
    world.pass(4)
  }
  const { acknowledgeAtMs } = stateOf(raya).link
  expect(acknowledgeAtMs).not.toBeNull()
  raya.party.nowMs = acknowledgeAtMs as number
  const outcome = raya.party.try({ kind: "wake" })
  if (outcome.kind !== "next") throw new Error("refused")
  expect(find(outcome, "publish").payload).toHaveLength(240)
  world.weather = calm
  world.pass(dayMs)
  expectOneLog(world, 302)
})

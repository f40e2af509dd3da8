import type { Crypto } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { calm, type Side, storm, World } from "./world.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

const dayMs = 86_400_000

/** Both have the same messages in the same order, each of ours was acknowledged once, and nothing is missing for good. */
function expectConverged(world: World, said: number, seed: number): void {
  const { saro, raya } = world
  expect(saro.log, `seed ${seed}`).toEqual([...raya.log])
  expect(saro.sent.length + raya.sent.length, `seed ${seed}`).toBe(said)
  for (const side of [saro, raya]) {
    for (const { id } of side.sent) expect(side.fates.get(id), `seed ${seed}`).toEqual(["acknowledged"])
    for (const [id, fates] of side.fates)
      if (!side.sent.some((message) => message.id === id))
        expect(fates, `seed ${seed}`).toEqual(["missing", "recovered"])
    expect(side.party.talk.expected, `seed ${seed}`).toEqual(side.party.routes())
  }
}

function chat(world: World, messages: number, spanMs: number): void {
  for (let n = 0; n < messages; n++) {
    const side: Side = world.random(2) === 0 ? world.saro : world.raya
    world.say(side, `${side === world.saro ? "saro" : "raya"} ${n}`)
    world.pass(world.random(spanMs))
  }
}

describe("two machines over a channel", () => {
  test("acknowledge each other, once and without end", () => {
    const world = new World(crypto, 1)
    world.pass(dayMs)
    chat(world, 20, 5000)
    world.pass(2 * dayMs)
    const before = [world.saro.published, world.raya.published]
    expect(world.saro.delivered.length + world.raya.delivered.length).toBe(20)
    for (const side of [world.saro, world.raya])
      for (const { id } of side.sent) expect(side.fates.get(id)).toEqual(["acknowledged"])
    world.pass(50 * dayMs)
    expect([world.saro.published, world.raya.published]).toEqual(before)
  })

  test.each(Array.from({ length: 60 }, (_, seed) => seed))(
    "PV1-42: with loss, duplication, any order, delays of hours and crashes both logs converge, seed %i",
    (seed) => {
      const world = new World(crypto, seed)
      world.weather = storm
      chat(world, 40, 1 + world.random(4) * 400_000)
      world.pass(2 * dayMs)
      world.weather = calm
      world.pass(120 * dayMs)
      expectConverged(world, 40, seed)
    },
  )
})

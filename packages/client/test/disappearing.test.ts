import { expect, it } from "vitest"
import { UnsafeCarrierV1 } from "./support/unsafe-carrier.js"
import { UnsafeTalkV1 } from "./support/unsafe-talk.js"
import { settle, text, textsOf, World } from "./support/world.js"

async function disappearing() {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  const talk = await world.converse(saro, raya)
  await talk.saro.disappear(60_000)
  await talk.saro.send(text("for a minute"))
  await settle()
  return { world, saro, raya, talk }
}

it("messages disappear when their time is over, on this side", async () => {
  const { world, saro, raya, talk } = await disappearing()
  expect(await saro.records("expiry")).not.toEqual([])
  await world.clock.advance(61_000)
  await settle()
  expect(await textsOf(saro, talk.saro.id)).toEqual([])
  expect(await saro.records("message", "log", "expiry")).toEqual([])
  expect(await textsOf(raya, talk.saro.id)).toContain("< for a minute")
  await world.close()
})

it("messages of a conversation whose type is not registered any more disappear, too", async () => {
  const { world, saro } = await disappearing()
  await saro.reopen({ types: [UnsafeCarrierV1] })
  await world.clock.advance(61_000)
  await settle()
  expect(await saro.records("message", "log", "expiry")).toEqual([])
  await saro.reopen({ types: [UnsafeTalkV1, UnsafeCarrierV1] })
  expect(await saro.records("message", "log", "expiry")).toEqual([])
  await world.close()
})

import { afterEach, beforeEach, expect, it } from "vitest"
import { settle, text, World } from "./support/world.js"

const warnings: string[] = []
const note = (warning: Error): void => void warnings.push(warning.name)

beforeEach(() => {
  warnings.length = 0
  process.on("warning", note)
})
afterEach(() => process.off("warning", note))

const many = Array.from({ length: 30 }, (_, index) => index)

/** Node tells of warnings in a later turn. */
async function warned(): Promise<readonly string[]> {
  await settle()
  await settle()
  return warnings
}

it("thirty waits for one client under one signal are no leak, and all end", async () => {
  const world = new World()
  const [saro, raya] = [await world.person("saro"), await world.person("raya")]
  const talk = await world.converse(saro, raya)
  world.delivery.setDown()
  await settle()
  const { client } = saro
  const controller = new AbortController()
  const { signal } = controller
  const message = await talk.saro.send(text("waits"))
  const waits = many.flatMap(() => [
    message.reached("acknowledged", { signal }).catch(() => "ended"),
    client.drained(signal),
    (async () => {
      for await (const _ of client.events({ signal }));
    })(),
  ])
  await settle()
  controller.abort()
  expect(new Set(await Promise.all(waits))).toEqual(new Set(["ended", false, undefined]))
  expect(await warned()).toEqual([])
  await world.close()
})

it("waits that come and go leave no listener at a signal that lives longer", async () => {
  const world = new World()
  const saro = await world.person("saro", { delivery: null })
  const signal = new AbortController().signal
  const counted = { added: 0, removed: 0 }
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => (counted.added++, add(...args)),
    removeEventListener: (...args: Parameters<typeof remove>) => (counted.removed++, remove(...args)),
  })
  const waits = many.map(() => saro.client.caughtUp(signal))
  await settle()
  await saro.client.close()
  await Promise.all(waits)
  expect(counted.added).toBeGreaterThan(0)
  expect(counted.removed).toBe(counted.added)
  expect(await warned()).toEqual([])
})

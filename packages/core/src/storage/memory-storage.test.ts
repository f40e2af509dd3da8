import { expect, test } from "vitest"
import { ColloquyError, codeOf } from "../errors.js"
import { utf8 } from "../bytes.js"
import { memoryStorage } from "./memory-storage.js"
import { SortedKeys } from "./memory-storage-index.js"
import { storageError } from "./storage-checks.js"

const key = utf8("key")

test("a fault injected into a commit fails that batch alone", async () => {
  const numbers: number[] = []
  const open = memoryStorage({
    onCommit: (_batch, number) => {
      numbers.push(number)
      if (number === 2) throw new Error("disk on fire")
      if (number === 3) throw storageError("STORE_FULL", "full")
    },
  })
  const storage = await open()
  const results = await Promise.allSettled([
    storage.commit([{ key, value: utf8("1") }]),
    storage.commit([{ key, value: utf8("2") }]),
    storage.commit([{ key, value: utf8("3") }]),
    storage.commit([{ key: utf8("other"), value: utf8("4") }]),
  ])
  expect(results.map((result) => (result.status === "rejected" ? codeOf(result.reason) : "done"))).toEqual([
    "done",
    "STORE_FAILED",
    "STORE_FULL",
    "done",
  ])
  expect(numbers).toEqual([1, 2, 3, 4])
  expect(await storage.get([key, utf8("other")])).toEqual([utf8("1"), utf8("4")])
})

test("a lost store fails what is pending and can be opened again with what was committed", async () => {
  let release = (): void => undefined
  const open = memoryStorage({
    onCommit: (_batch, number) => (number === 2 ? new Promise<void>((resolve) => (release = resolve)) : undefined),
  })
  const first = await open()
  await first.commit([{ key, value: utf8("kept") }])
  const pending = first.commit([{ key, value: utf8("never") }]).catch((error: unknown) => error)
  await Promise.resolve()
  open.lose()
  const second = await open()
  release()
  expect(codeOf(await pending)).toBe("STORE_LOST")
  expect(first.lost.aborted).toBe(true)
  expect(first.lost.reason).toBeInstanceOf(ColloquyError)
  for (const call of [() => first.get([key]), () => first.commit([]), () => first.scrub()])
    expect(codeOf(await Promise.resolve(call()).catch((error: unknown) => error))).toBe("STORE_LOST")
  await first.close()
  expect(second.lost.aborted).toBe(false)
  expect(codeOf(await open().catch((error: unknown) => error))).toBe("STORE_IN_USE")
  expect(await second.get([key])).toEqual([utf8("kept")])
})

test("sorted keys agree with a sorted array through 20,000 changes", () => {
  const keys = new SortedKeys()
  const model = new Set<string>()
  let seed = 7
  const random = (bound: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return Math.floor((seed / 2 ** 32) * bound)
  }
  for (let change = 0; change < 20_000; change++) {
    const name = String.fromCharCode(random(256), random(256))
    if (model.delete(name)) keys.remove(name)
    else {
      model.add(name)
      keys.add(name)
    }
  }
  const sorted = [...model].sort()
  expect([...keys.ascending("", "\uffff")]).toEqual(sorted)
  expect([...keys.descending("", "\uffff")]).toEqual(sorted.toReversed())
  for (let range = 0; range < 500; range++) {
    const [from, to] = [String.fromCharCode(random(256)), String.fromCharCode(random(256), random(256))]
    const inside = sorted.filter((name) => name >= from && name < to)
    expect([...keys.ascending(from, to)]).toEqual(inside)
    expect([...keys.descending(from, to)]).toEqual(inside.toReversed())
  }
  for (const name of sorted) keys.remove(name)
  expect([...keys.ascending("", "\uffff")]).toEqual([])
})

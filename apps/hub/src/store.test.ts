import { utf8 } from "@colloquy/core"
import { describe, expect, it, onTestFinished } from "vitest"
import { environment, folderOfThisTest } from "../test/environment.js"
import { Store } from "./store.js"

function storeOfThisTest(dataDir = folderOfThisTest()): Store {
  const store = Store.open(dataDir)
  onTestFinished(() => store.close())
  return store
}

const publication = (topic: string, payload = "payload") => ({
  id: environment.random(16),
  topic,
  payload: utf8(payload),
})

describe("the hub's store", () => {
  it("HUB-4: gives a sequence to each new id, and none to one that is there", () => {
    const store = storeOfThisTest()
    const [a, b] = [publication("/t/1/a/raw"), publication("/t/1/b/raw")]
    expect(store.append([a, b, a], 1)).toEqual([1, 2, undefined])
    expect(store.append([{ ...a, topic: "/t/1/c/raw" }], 1)).toEqual([undefined])
    expect(store.headOf("/t/1/a/raw")).toBe(1)
    expect(store.headOf("/t/1/c/raw")).toBe(0)
    expect([store.head, store.payloads, store.bytes]).toEqual([2, 2, 2 * (7 + 128)])
  })

  it("HUB-3: stores all of a batch or nothing, and goes on after a failure", () => {
    const store = storeOfThisTest()
    const bad = { ...publication("/t/1/a/raw"), payload: undefined as unknown as Uint8Array }
    expect(() => store.append([publication("/t/1/a/raw"), bad], 1)).toThrow()
    expect([store.head, store.payloads, store.headOf("/t/1/a/raw")]).toEqual([0, 0, 0])
    expect(store.append([publication("/t/1/a/raw")], 1)).toEqual([1])
    expect(store.ofTopic("/t/1/a/raw", 0, 10, 10)).toEqual([1])
  })

  it("HUB-13: never gives a sequence twice, also when everything was dropped and the store was opened again", () => {
    const dataDir = folderOfThisTest()
    const store = Store.open(dataDir)
    store.append([publication("/t/1/a/raw"), publication("/t/1/a/raw")], 1)
    expect(store.drop(100, 0)).toBe(2)
    const { scope } = store
    store.close()
    const again = storeOfThisTest(dataDir)
    expect(again.scope).toEqual(scope)
    expect([again.head, again.droppedThrough, again.payloads, again.bytes]).toEqual([2, 2, 0, 0])
    expect(again.append([publication("/t/1/a/raw")], 1)).toEqual([3])
  })

  it("HUB-10: finds the newest sequence before a time, whatever was dropped", () => {
    const store = storeOfThisTest()
    for (const timeMs of [10, 20, 20, 30]) store.append([publication("/t/1/a/raw")], timeMs)
    expect([0, 10, 11, 20, 21, 30, 31].map((timeMs) => store.before(timeMs))).toEqual([0, 0, 1, 1, 3, 3, 4])
    store.drop(20, Number.POSITIVE_INFINITY)
    expect([0, 10, 21, 31].map((timeMs) => store.before(timeMs))).toEqual([1, 1, 3, 4])
  })

  it("HUB-12: remembers what was dropped of each topic, and of all topics once it forgets one", () => {
    const store = storeOfThisTest()
    store.append([publication("/t/1/a/raw"), publication("/t/1/b/raw"), publication("/t/1/c/raw")], 1)
    store.append([publication("/t/1/c/raw")], 100)
    store.drop(50, Number.POSITIVE_INFINITY)
    const dropped = ["a", "b", "c"].map((name) => store.droppedOf(`/t/1/${name}/raw`))
    expect(dropped).toEqual([1, 2, 3])
    expect(store.droppedOfForgottenTopics).toBe(0)
    store.forgetTopics(2)
    expect(store.droppedOfForgottenTopics).toBe(1)
    expect(["a", "b", "c"].map((name) => store.droppedOf(`/t/1/${name}/raw`))).toEqual([0, 2, 3])
    store.forgetTopics(0)
    expect(store.droppedOfForgottenTopics).toBe(2)
    expect(store.droppedOf("/t/1/c/raw")).toBe(3)
    expect(store.append([publication("/t/1/a/raw")], 100)).toEqual([5])
    expect(store.ofTopic("/t/1/a/raw", 0, 10, 10)).toEqual([5])
  })
})

import type { Topic } from "@colloquy/core"
import { expect, test } from "vitest"
import { ChunkBuffers } from "./ring-chunk.js"
import { TopicRing } from "./topic-ring.js"

const topic = "/test/1/ring/raw" as Topic
const mebibyte = 1024 * 1024

function ring(): { readonly ring: TopicRing; readonly doomed: number[] } {
  let sequence = 0
  const doomed: number[] = []
  const host = {
    buffers: new ChunkBuffers(),
    next: () => ({ sequence: sequence++, atMs: 0 }),
    doom: (chunk: number) => void doomed.push(chunk),
  }
  return { ring: new TopicRing(topic, host), doomed }
}

test("memory stays bounded where most of what comes is dealt with at once, and a little of it never is", () => {
  for (const savedEvery of [100, Number.POSITIVE_INFINITY]) {
    const { ring: one } = ring()
    let most = 0
    let slots = 0
    for (let number = 1; number <= 20_000; number++) {
      // One in eight is nobody's.
      one.put(number, number, new Uint8Array(3000), number)
      if (number % 8 !== 0) for (const item of one.take({ high: number, low: number })) one.forget(item)
      if (number % savedEvery === 0) one.settle()
      most = Math.max(most, one.held.bytes)
      slots = Math.max(slots, one.held.slots)
    }
    expect(most).toBeLessThan(13 * mebibyte)
    expect(slots).toBeLessThan(10_000)
    const kept = [...one.prints()].map(({ high }) => high)
    // 4 MiB of them, of which none was pushed out by what was dealt with.
    expect(kept.length).toBeGreaterThan(1300)
    expect(Math.max(...kept)).toBe(20_000)
    expect(kept.every((number) => number % 8 === 0)).toBe(true)
    expect(Math.min(...kept)).toBeLessThan(20_000 - 8 * 1300)
  }
})

test("a flood of the smallest payloads, and of the longest, stays within the same bounds", () => {
  for (const [length, count] of [
    [22, 400_000],
    [1_000_000, 60],
    [40_000, 500],
  ] as const) {
    const { ring: one } = ring()
    const envelope = new Uint8Array(length)
    for (let number = 0; number < count; number++) {
      one.put(number, Math.imul(number, 0x2545_f491) >>> 0, envelope, number)
      if (number % 1000 === 999) one.settle()
    }
    expect(one.held.bytes).toBeLessThan(5.2 * mebibyte)
    expect(one.held.slots * (length + 64)).toBeLessThan(5.2 * mebibyte)
    expect(one.held.slots * (length + 64)).toBeGreaterThan(3 * mebibyte)
    const kept = [...one.prints()].map(({ high }) => high).sort((a, b) => a - b)
    expect(kept.at(-1)).toBe(count - 1)
    expect(kept[0]).toBe(count - kept.length)
  }
})

test("what is on its way stays where it is, however much comes, and can be read", () => {
  const { ring: one, doomed } = ring()
  for (let number = 0; number < 300; number++) one.put(number, 0, new Uint8Array(500).fill(number), number)
  const taken = Array.from({ length: 100 }, (_, at) => one.take({ high: at * 3, low: 0 })).flat()
  one.settle()
  for (let number = 1000; number < 30_000; number++) one.put(number, 0, new Uint8Array(500), number)
  for (const [at, item] of taken.entries()) {
    expect([...new Set(one.read(item))]).toEqual([(at * 3) & 255])
    expect(item.state).toBe("taken")
  }
  expect(doomed).toEqual([])
  for (const item of taken) one.forget(item)
  expect(doomed.length).toBeGreaterThan(1)
})

test("what comes while all the room is taken by what is on its way waits, too", () => {
  const { ring: one } = ring()
  for (let number = 0; number < 5; number++) {
    one.put(number, 0, new Uint8Array(1_000_000), number)
    expect(one.take({ high: number, low: 0 })).toHaveLength(1)
  }
  expect(one.put(7, 0, Uint8Array.of(7), 7)).toBeGreaterThanOrEqual(0)
  expect(one.take({ high: 7, low: 0 }).map((item) => [...one.read(item)])).toEqual([[7]])
})

import { expect, test, vi } from "vitest"
import { pause, withDeadline } from "./deadline.js"

const aborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve("aborted")
    else signal.addEventListener("abort", () => resolve("aborted"))
  })

test("the time or the stop signal ends the work's wait, whichever is first", async () => {
  const never = new AbortController().signal
  expect(await withDeadline(1, never, aborted)).toBe("aborted")
  const stop = new AbortController()
  const waiting = withDeadline(1_000_000, stop.signal, aborted)
  stop.abort()
  expect(await waiting).toBe("aborted")
  expect(await withDeadline(1_000_000, AbortSignal.abort(), aborted)).toBe("aborted")
})

test("what the work resolves with, or throws, comes through", async () => {
  const never = new AbortController().signal
  expect(await withDeadline(1000, never, async () => 7)).toBe(7)
  await expect(withDeadline(1000, never, () => Promise.reject(new RangeError("no")))).rejects.toThrow(RangeError)
})

test("a wait of months lasts as long as it says, although a timer cannot", async () => {
  vi.useFakeTimers()
  try {
    const dayMs = 86_400_000
    let isOver = false
    const waiting = pause(60 * dayMs, new AbortController().signal).then(() => (isOver = true))
    await vi.advanceTimersByTimeAsync(60 * dayMs - 1)
    expect(isOver).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await waiting).toBe(true)
    const stop = new AbortController()
    const stopped = pause(60 * dayMs, stop.signal)
    stop.abort()
    await stopped
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

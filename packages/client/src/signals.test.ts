import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { expect, test } from "vitest"
import { joinSignals } from "./signals.js"

test("the first signal aborts the joined one with its reason", () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const { signal } = joinSignals(first.signal, undefined, second.signal)
  expect(signal.aborted).toBe(false)
  second.abort("enough")
  first.abort("too late")
  expect(signal.reason).toBe("enough")
})

test("a signal that is aborted already aborts it at once", () => {
  expect(joinSignals(new AbortController().signal, AbortSignal.abort("before")).signal.reason).toBe("before")
})

test("once released it hears no more", () => {
  const controller = new AbortController()
  const { signal, release } = joinSignals(controller.signal)
  release()
  controller.abort()
  expect(signal.aborted).toBe(false)
})

test("a timeout that nobody else holds still fires", async () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const aborted = new Promise<void>((resolve) => {
    const { signal } = joinSignals(new AbortController().signal, AbortSignal.timeout(50))
    signal.addEventListener("abort", () => resolve())
  })
  collect()
  const collecting = setInterval(collect, 5)
  await aborted
  clearInterval(collecting)
})

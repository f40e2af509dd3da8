import { concat } from "@colloquy/core"
import { mutateFields } from "./mutate-fields.js"
import type { Random } from "./random.js"

/** An input of several steps: each a byte for what to do, the length of its body as 16-bit little-endian, and the body. */
export interface Step {
  readonly operation: number
  readonly body: Uint8Array
}

const stepsMax = 24

export function encodeSteps(steps: readonly Step[]): Uint8Array {
  return concat(
    ...steps.flatMap(({ operation, body }) => [
      Uint8Array.of(operation, body.length & 255, body.length >>> 8),
      body.subarray(0, 0xffff),
    ]),
  )
}

/** Every input is some steps: what is cut off at its end is as long as it is. */
export function decodeSteps(input: Uint8Array): readonly Step[] {
  const steps: Step[] = []
  for (let at = 0; at < input.length && steps.length < stepsMax;) {
    const operation = input[at] as number
    const length = (input[at + 1] ?? 0) + 0x100 * (input[at + 2] ?? 0)
    steps.push({ operation, body: input.slice(at + 3, at + 3 + length) })
    at += 3 + length
  }
  return steps
}

/** One change: of a step's body, of what it does, or of the steps' order. */
export function mutateSteps(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const steps = [...decodeSteps(input)]
  const others = decodeSteps(other)
  const at = random.below(steps.length)
  const step = steps[at]
  if (step === undefined) return other
  switch (random.below(10)) {
    case 0:
      steps.splice(at, 1)
      break
    case 1:
      steps.splice(random.below(steps.length + 1), 0, step)
      break
    case 2:
      steps.splice(random.below(steps.length + 1), 0, ...steps.splice(at, 1))
      break
    case 3:
      if (others.length > 0) steps.splice(random.below(steps.length + 1), 0, random.pick(others))
      break
    case 4:
      steps[at] = { ...step, operation: random.oneIn(2) ? random.below(16) : random.next() & 255 }
      break
    case 5:
      steps.splice(at, steps.length - at, ...others.slice(random.below(others.length)))
      break
    default: {
      const from = others.length === 0 ? step : random.pick(others)
      steps[at] = { ...step, body: mutateFields(step.body, random, from.body) }
    }
  }
  return encodeSteps(steps)
}

import { concat } from "@colloquy/core"
import type { Random } from "./random.js"
import { varint, varints } from "./varint.js"

const bytes = [0, 1, 2, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x0a, 0x12, 0x20, 0x2f]
const words = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]

type Mutation = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array

/** One small change. `other` is another input of the corpus. */
export function mutateBytes(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  return random.pick(input.length === 0 ? growing : mutations)(input, random, other)
}

function changed(input: Uint8Array, at: number, value: number): Uint8Array {
  const copy = input.slice()
  copy[at] = value
  return copy
}

function inserted(input: Uint8Array, at: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concat(input.subarray(0, at), ...parts, input.subarray(at))
}

/** Part of the input: where it begins, and its end. */
function range(input: Uint8Array, random: Random, max = 64): readonly [number, number] {
  const from = random.below(input.length)
  return [from, Math.min(input.length, from + random.small(random.oneIn(8) ? input.length : max))]
}

const growing: readonly Mutation[] = [
  (input, random) => inserted(input, random.below(input.length + 1), random.bytes(random.small(16))),
  (input, random) => inserted(input, random.below(input.length + 1), varint(random.pick(varints))),
  (input, random) =>
    inserted(
      input,
      random.below(input.length + 1),
      new Uint8Array(random.small(random.oneIn(16) ? 2048 : 32)).fill(random.pick(bytes)),
    ),
  (input, random, other) => {
    if (other.length === 0) return input
    const [from, to] = range(other, random)
    return inserted(input, random.below(input.length + 1), other.subarray(from, to))
  },
]

const mutations: readonly Mutation[] = [
  ...growing,
  (input, random) => {
    const at = random.below(input.length)
    return changed(input, at, (input[at] as number) ^ (1 << random.below(8)))
  },
  (input, random) => changed(input, random.below(input.length), random.pick(bytes)),
  (input, random) => changed(input, random.below(input.length), random.next() & 255),
  (input, random) => {
    const at = random.below(input.length)
    return changed(input, at, (input[at] as number) + random.below(33) - 16)
  },
  (input, random) => input.slice(0, random.below(input.length)),
  (input, random) => {
    const [from, to] = range(input, random)
    return concat(input.subarray(0, from), input.subarray(to))
  },
  (input, random) => {
    const [from, to] = range(input, random)
    return inserted(input, random.below(input.length + 1), input.subarray(from, to))
  },
  (input, random) => {
    const copy = input.slice()
    const [from, to] = range(input, random)
    copy.copyWithin(random.below(input.length), from, to)
    return copy
  },
  (input, random, other) => {
    if (other.length === 0) return input
    return concat(input.subarray(0, random.below(input.length + 1)), other.subarray(random.below(other.length)))
  },
  (input, random) => {
    const copy = input.slice()
    const [from, to] = range(input, random)
    copy.fill(random.pick(bytes), from, to)
    return copy
  },
  (input, random) => {
    if (input.length < 4) return input
    const copy = input.slice()
    const view = new DataView(copy.buffer)
    const at = random.below(input.length - 3)
    const isLittle = !random.oneIn(4)
    const value = random.oneIn(2) ? random.pick(words) : view.getUint32(at, isLittle) + random.below(9) - 4
    view.setUint32(at, value, isLittle)
    return copy
  },
  (input, random) => {
    const at = random.below(input.length)
    const end = Math.min(input.length, at + random.small(10))
    return concat(input.subarray(0, at), varint(random.pick(varints)), input.subarray(end))
  },
]

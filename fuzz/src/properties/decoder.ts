import { ColloquyError, concat, equalBytes, toHex } from "@colloquy/core"
import { must, type Opened } from "../target.js"
import { snapshot } from "./snapshot.js"
import { FuzzError } from "../fuzz-error.js"

/** What a decoder made of bytes. */
export type Reading<T> = { readonly value: T } | { readonly refused: string }

export interface Decoder<T> {
  /** Refusals as results; what it throws is a refusal only if it is a ColloquyError. */
  decode(bytes: Uint8Array): Reading<T>
  /** The only codes that it refuses with. */
  readonly codes: RegExp
  /** Of what was read; without it nothing is encoded again. */
  encode?(value: T): Uint8Array
  /** Whether there is one encoding of each value: what was read encodes to what it was read from. Else to something that reads the same. */
  readonly canonical: boolean
  /** Whether the result may be a view of the input. */
  readonly views?: boolean
  /** Whether it is given plain arrays only: then the second reading is of one within a larger buffer, else of a Buffer, whose `slice` does not copy. */
  readonly plain?: boolean
  /** How much longer than the input, in characters of a snapshot, the result may be: a factor and what comes besides. 40 and 4,096 unless told. */
  readonly growth?: readonly [factor: number, besides: number]
}

/** Checks everything that holds for a decoder, whatever the bytes are. */
export function checkDecoder<T>(decoder: Decoder<T>, input: Uint8Array): Reading<T> {
  const given = input.slice()
  const reading = attempt(decoder, given)
  must(equalBytes(given, input), "decoding writes to its input")
  if ("refused" in reading)
    must(decoder.codes.test(reading.refused), `refuses with ${reading.refused}, which is not documented`)
  const seen = snapshot(reading)
  const [factor, besides] = decoder.growth ?? [40, 4096]
  must(seen.length <= factor * input.length + besides, `${input.length} bytes become ${seen.length} characters`)
  if (decoder.views !== true) {
    given.fill(0xa5)
    must(snapshot(reading) === seen, "the result aliases the input")
  }
  // Again, within a larger buffer: whoever reads from the buffer's beginning, or slices without copying, shows here.
  const larger = concat(Uint8Array.of(1, 2, 3), input, Uint8Array.of(4, 5))
  const around = decoder.plain === true ? larger : Buffer.from(larger)
  const again = attempt(decoder, around.subarray(3, 3 + input.length))
  must(snapshot(again) === seen, "the same bytes read differently the second time, or within a larger buffer")
  if (decoder.views !== true) {
    around.fill(0x5a)
    must(snapshot(again) === seen, "the result aliases a larger buffer")
  }
  if ("value" in reading && decoder.encode !== undefined) {
    const fresh = attempt(decoder, input.slice())
    if (!("value" in fresh)) throw new FuzzError("BROKEN", "the same bytes are refused the third time")
    const encoded = decoder.encode(fresh.value)
    if (decoder.canonical)
      must(equalBytes(encoded, input), `what was read encodes to ${toHex(encoded)}, and was ${toHex(input)}`)
    else must(snapshot(attempt(decoder, encoded)) === seen, `encoded again it reads differently: ${toHex(encoded)}`)
  }
  return reading
}

function attempt<T>(decoder: Decoder<T>, bytes: Uint8Array): Reading<T> {
  return refusable(() => decoder.decode(bytes))
}

/** What a work gives, or the code that it throws; what has none is thrown on. */
export function refusable<R>(work: () => R): R | { readonly refused: string } {
  try {
    return work()
  } catch (error) {
    if (error instanceof ColloquyError) return { refused: error.code }
    throw error
  }
}

/** Several decoders in one target: the first byte of an input says which one reads the rest. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- decoders of any value stand side by side
export function chosenDecoder(decoders: readonly Decoder<any>[], seeds: readonly (readonly Uint8Array[])[]): Opened {
  return {
    seeds: seeds.flatMap((of, index) => of.map((seed) => concat(Uint8Array.of(index), seed))),
    check(input) {
      const [first] = input
      if (first === undefined) return
      const decoder = decoders[first % decoders.length]
      if (decoder !== undefined) checkDecoder(decoder, input.subarray(1).slice())
    },
  }
}

import type { Shape } from "@colloquy/core"
import { chosenDecoder, type Decoder } from "../../properties/decoder.js"
import type { Opened } from "../../target.js"

/** One target for all pieces of a state: each is read in its one form, or refused with a code. */
export function rowsOf(shape: Shape, states: readonly Readonly<Record<string, unknown>>[]): Opened {
  const pieces = Object.entries(shape)
  const decoders = pieces.map(([, { codec }]): Decoder<{ readonly piece: unknown }> => ({
    codes: /^STATE_DAMAGED$/,
    canonical: true,
    plain: true,
    growth: [60, 8192],
    decode: (bytes) => ({ value: { piece: codec.decode(bytes, codec.version) } }),
    encode: ({ piece }) => codec.encode(piece),
  }))
  const seeds = pieces.map(([name, piece]) =>
    states.flatMap((state) => {
      const value = state[name]
      if (piece.kind === "cell") return value === undefined ? [] : [piece.codec.encode(value)]
      return [...((value as ReadonlyMap<string, unknown> | undefined)?.values() ?? [])]
        .slice(0, 4)
        .map((row) => piece.codec.encode(row))
        .filter(({ length }) => length < 4096)
    }),
  )
  return chosenDecoder(decoders, seeds)
}

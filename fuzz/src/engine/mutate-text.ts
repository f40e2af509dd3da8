import { fromUtf8, utf8 } from "@colloquy/core"
import { mutateBytes } from "./mutate-bytes.js"
import type { Random } from "./random.js"

const pieces = [
  ...[
    "/",
    "-",
    "_",
    ".",
    "=",
    "+",
    " ",
    "\n",
    "\t",
    "\0",
    "V1",
    "V0",
    "01",
    "1",
    "0",
    "9007199254740993",
    "1e9",
    "NaN",
  ],
  ...["\u00e9", "\u202e", "\u200d", "\ufeff", "\u2028", "\u0130", "\u{1f600}", "\u{1f468}\u200d\u{1f469}", "\u001b[2J"],
  ...["ff", "FF", "__proto__", "constructor", "colloquy:", "COLLOQUY:", "colloquy_intro_1_", "colloquy_intro_2_"],
]

/** One change of a text, which stays one in most cases. */
export function mutateText(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const text = random.oneIn(12) ? undefined : fromUtf8(input)
  if (text === undefined) return mutateBytes(input, random, other)
  const letters = Array.from(text)
  const at = random.below(letters.length + 1)
  const end = Math.min(letters.length, at + random.small(8))
  switch (random.below(9)) {
    case 0:
      letters.splice(at, end - at)
      break
    case 1:
      letters.splice(at, 0, random.pick(pieces))
      break
    case 2:
      letters.splice(at, end - at, random.pick(pieces))
      break
    case 3:
      letters.splice(at, 0, ...letters.slice(at, end))
      break
    case 4:
      letters.length = at
      break
    case 5:
      letters.splice(at, 1, (letters[at] ?? "a").toUpperCase())
      break
    case 6:
      letters.splice(at, 1, String.fromCharCode(32 + random.below(95)))
      break
    case 7:
      letters.splice(at, letters.length - at, ...Array.from(fromUtf8(other) ?? "").slice(random.below(8)))
      break
    default:
      letters.splice(at, 0, random.pick(pieces).repeat(random.small(random.oneIn(16) ? 400 : 8)))
  }
  return utf8(letters.join(""))
}

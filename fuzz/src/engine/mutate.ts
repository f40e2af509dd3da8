import type { Target } from "../target.js"
import { mutateBytes } from "./mutate-bytes.js"
import { mutateFields } from "./mutate-fields.js"
import { mutateText } from "./mutate-text.js"
import type { Random } from "./random.js"
import { mutateSteps } from "./steps.js"

const mutators = { bytes: mutateBytes, fields: mutateFields, text: mutateText, steps: mutateSteps } as const

/** Some changes of an input, one after the other. */
export function mutate(
  { form, bytesMax }: Pick<Target, "form" | "bytesMax">,
  input: Uint8Array,
  random: Random,
  other: () => Uint8Array,
): Uint8Array {
  let mutated = input
  for (let changes = random.small(random.oneIn(4) ? 16 : 4); changes > 0; changes--) {
    const next = (random.oneIn(32) ? mutateBytes : mutators[form])(mutated, random, other())
    if (next.length <= bytesMax) mutated = next
  }
  return mutated
}

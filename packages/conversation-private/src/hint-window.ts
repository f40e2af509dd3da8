/**
 * Which numbers of a chain a receiver expects (PV1-20 to PV1-22). `next` is the number after the highest that has authenticated, 0 for a chain
 * of which nothing has arrived. Small at first, since in a conversation that goes to and fro a chain has one message; it grows as a chain does.
 */
export const nearMin = 4
export const nearMax = 16
/** What a sender jumps to who was not heard, so that a receiver who missed everything hears it. */
export const farMultiples: readonly number[] = [64, 256, 1024, 4096, 16_384, 65_536]
/** From here on the next two multiples of each are expected, before only the next one: no boundary is near yet. */
const farDoubleFrom = 64

const numberMax = 0xffff_ffff
const farStep = farMultiples[0] as number

/** One after the last number that is expected in a row. */
export function nearEnd(next: number): number {
  return next + Math.min(nearMax, nearMin + next)
}

/** The expected numbers that are further out, ascending, each once. */
export function farNumbers(next: number): readonly number[] {
  const numbers = new Set<number>()
  const end = nearEnd(next)
  for (const multiple of farMultiples) {
    const first = Math.max(multiple, Math.ceil(next / multiple) * multiple)
    if (first >= end) numbers.add(first)
    if (next >= farDoubleFrom) numbers.add(first + multiple)
  }
  return [...numbers].filter((number) => number >= end && number <= numberMax).sort((a, b) => a - b)
}

/** Every expected number, ascending. */
export function expectedNumbers(next: number): readonly number[] {
  const numbers: number[] = []
  for (let number = next; number < nearEnd(next) && number <= numberMax; number++) numbers.push(number)
  return [...numbers, ...farNumbers(next)]
}

export interface WindowMove {
  readonly added: readonly number[]
  readonly dropped: readonly number[]
}

/** What changes when the number after the highest authenticated one goes from `before` to `after`. */
export function moveWindow(before: number, after: number): WindowMove {
  if (after === before + 1 && (before === 0 || before % farStep !== 0) && after !== farDoubleFrom)
    return moveByOne(before)
  const old = new Set(expectedNumbers(before))
  const fresh = expectedNumbers(after)
  const kept = new Set(fresh)
  return { added: fresh.filter((number) => !old.has(number)), dropped: [...old].filter((number) => !kept.has(number)) }
}

/** In order, and no multiple is passed: the far numbers stay as they are. */
function moveByOne(before: number): WindowMove {
  const added: number[] = []
  for (let number = nearEnd(before); number < nearEnd(before + 1) && number <= numberMax; number++)
    if (number % farStep !== 0) added.push(number)
  return { added, dropped: [before] }
}

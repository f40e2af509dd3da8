import type { Place } from "../report.js"

/** Finds line and column of an offset, from where the lines of a text begin. */
export function placesOf(source: string): (offset: number) => Place {
  const starts = [0]
  for (let index = source.indexOf("\n"); index >= 0; index = source.indexOf("\n", index + 1)) starts.push(index + 1)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(0, offset - (starts[low] as number)) + 1 }
  }
}

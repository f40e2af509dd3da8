import { networkPlace, type Trace } from "./trace.js"

const timeWidth = 17

/**
 * A sequence diagram as text: a column for each person, the network's in the middle of two and behind more. The last lines where that is too long.
 */
export function textDiagram(trace: Trace, linesMax = Number.POSITIVE_INFINITY): string {
  const [first, second, ...others] = trace.people
  const places =
    others.length === 0
      ? [first, networkPlace, second].filter((place) => place !== undefined)
      : [...trace.people, networkPlace]
  const width = others.length === 0 ? 42 : 26
  const margin = new Map(places.map((place, index) => [place, " ".repeat(index * width)]))
  const head = " ".repeat(timeWidth) + places.map((place) => place.padEnd(width)).join("")
  const left = trace.lines.length - linesMax
  const shown = left > 0 ? trace.lines.slice(left) : trace.lines
  const body = shown.map((line) => `${trace.timeOf(line).padEnd(timeWidth)}${margin.get(line.place) ?? ""}${line.text}`)
  return [head.trimEnd(), ...(left > 0 ? [`... ${left} lines before`] : []), ...body].join("\n")
}

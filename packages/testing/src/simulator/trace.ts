/** Where something happened: at one of the two people, or in between. */
export type Place = string

export interface TraceLine {
  readonly atMs: number
  readonly place: Place
  readonly text: string
}

const columnWidth = 44
const networkWidth = 40

/** What happened in a run, in order: for people to read after a failure, and to compare two runs. */
export class Trace {
  readonly lines: TraceLine[] = []
  readonly #beginMs: number
  readonly #nowMs: () => number
  readonly #left: Place
  readonly #right: Place

  constructor(nowMs: () => number, left: Place, right: Place) {
    this.#nowMs = nowMs
    this.#beginMs = nowMs()
    this.#left = left
    this.#right = right
  }

  note(place: Place, text: string): void {
    this.lines.push({ atMs: this.#nowMs(), place, text })
  }

  /** A sequence diagram: one person on the left, the other on the right, the network between them. The last lines where that is too long. */
  diagram(linesMax = Number.POSITIVE_INFINITY): string {
    const head = `${"time".padEnd(16)}${this.#left.padEnd(columnWidth)}${"network".padEnd(networkWidth)}${this.#right}`
    const left = this.lines.length - linesMax
    const shown = left > 0 ? this.lines.slice(left) : this.lines
    const body = shown.map((line) => `${this.#time(line.atMs)}${this.#place(line)}`.trimEnd())
    return [head, ...(left > 0 ? [`... ${left} lines before`] : []), ...body].join("\n")
  }

  #place({ place, text }: TraceLine): string {
    if (place === this.#left) return text
    if (place === this.#right) return " ".repeat(columnWidth + networkWidth) + text
    return " ".repeat(columnWidth) + text
  }

  #time(atMs: number): string {
    const ms = atMs - this.#beginMs
    const part = (unitMs: number, of: number): string => String(Math.floor(ms / unitMs) % of).padStart(2, "0")
    const days = String(Math.floor(ms / 86_400_000))
    return `${days}d ${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}.${String(ms % 1000).padStart(3, "0")} `.padEnd(
      16,
    )
  }
}

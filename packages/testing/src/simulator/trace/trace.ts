/** Where something happened: at one of the people, or in between. */
export type Place = string

export const networkPlace: Place = "network"

/** What a line says of publications, by their labels: for the arrows of a diagram. */
export interface Links {
  readonly out?: string
  readonly in?: readonly string[]
  readonly lost?: string
}

export interface TraceLine extends Links {
  readonly atMs: number
  readonly place: Place
  readonly text: string
}

/** What happened in a run, in order: for people to read after a failure, and to compare two runs. */
export class Trace {
  readonly lines: TraceLine[] = []
  readonly people: readonly Place[]
  readonly beginMs: number
  readonly #nowMs: () => number

  constructor(nowMs: () => number, people: readonly Place[]) {
    this.#nowMs = nowMs
    this.beginMs = nowMs()
    this.people = people
  }

  note(place: Place, text: string, links?: Links): void {
    this.lines.push({ atMs: this.#nowMs(), place, text, ...links })
  }

  /** The time since the beginning, as people write it. */
  timeOf({ atMs }: TraceLine): string {
    const ms = atMs - this.beginMs
    const part = (unitMs: number, of: number): string => String(Math.floor(ms / unitMs) % of).padStart(2, "0")
    const days = String(Math.floor(ms / 86_400_000))
    return `${days}d ${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}.${String(ms % 1000).padStart(3, "0")}`
  }
}

/** One line of the result. */
export interface Result {
  readonly bench: string
  readonly unit: "ops/s" | "B" | "ms" | "MiB" | "MiB/s" | "µs" | "%"
  readonly value: number
  readonly peer?: string
  readonly peerValue?: number
  /** More than 1: ours is better than the peer. */
  readonly ratio?: number
  /** What the design asks for. */
  readonly goal?: string
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Operations a second of one run; `work` says how many it did. */
export async function rate(work: () => Promise<number> | number): Promise<number> {
  const startNs = process.hrtime.bigint()
  const done = work()
  const operations = done instanceof Promise ? await done : done
  return (operations * 1e9) / Number(process.hrtime.bigint() - startNs)
}

/** Several things in turn, round after round, so that a machine that slows down slows them all. The median of each, the first round not counted. */
export async function inTurn(
  rounds: number,
  ...things: readonly (() => Promise<number> | number)[]
): Promise<readonly number[]> {
  const values: number[][] = things.map(() => [])
  for (let round = 0; round <= rounds; round++)
    for (const [index, thing] of things.entries()) {
      const value = await thing()
      if (round > 0) values[index]?.push(value)
    }
  return values.map(median)
}

export function beside(
  bench: string,
  unit: Result["unit"],
  value: number,
  peer: string,
  peerValue: number,
  goal: string,
): Result {
  return { bench, unit, value, peer, peerValue, ratio: unit === "ops/s" ? value / peerValue : peerValue / value, goal }
}

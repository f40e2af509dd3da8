import type { Topic } from "@colloquy/core"

/** One payload as it waits for a reader. */
export interface Waiting {
  readonly sequence: number
  readonly atMs: number
  readonly topic: Topic
  readonly payload: Uint8Array
  readonly label: string
}

/** What the service holds for one person. */
export class Mailbox {
  readonly name: string
  readonly listeners = new Set<() => void>()
  /** Whatever this person ever followed. */
  readonly followed = new Set<Topic>()
  up = true
  head = 0
  droppedThrough = 0
  readonly dropped = new Map<Topic, number>()
  /** In ascending order of their numbers. */
  entries: Waiting[] = []

  constructor(name: string) {
    this.name = name
  }

  wake(): void {
    for (const listener of [...this.listeners]) listener()
  }

  /** The place of the first entry after a number. */
  after(sequence: number): number {
    let [low, high] = [0, this.entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.entries[middle] as Waiting).sequence <= sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}

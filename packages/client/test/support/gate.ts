import type { Write } from "@colloquy/core"

/** Stands before every commit of a memory storage: lets it through, holds it back, or fails it. */
export class Gate {
  /** How many commits came, and how many writes the last had. */
  commits = 0
  lastWrites = 0
  #held: (() => void)[] | undefined
  #failing = 0

  readonly onCommit = async (batch: readonly Write[]): Promise<void> => {
    this.commits++
    this.lastWrites = batch.length
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held?.push(resolve))
    if (this.#failing > 0) {
      this.#failing--
      throw new Error("the disk is on fire")
    }
  }

  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const resolve of held) resolve()
  }

  /** The next commits fail. */
  fail(commits = 1): void {
    this.#failing = commits
  }
}

/** Gives turns by name, in the order of the calls: whoever has one does what no other under the same name may do meanwhile. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves when it is the caller's turn, with what ends it. */
  async take(name: string): Promise<() => void> {
    const before = this.#last.get(name)
    let end = (): void => undefined
    const turn = new Promise<void>((resolve) => (end = resolve))
    this.#last.set(name, turn)
    await before
    return () => {
      if (this.#last.get(name) === turn) this.#last.delete(name)
      end()
    }
  }
}

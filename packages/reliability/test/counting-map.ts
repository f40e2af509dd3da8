/** A map that counts what is done with it: each look-up as one, each row of an iteration as one. */
export class CountingMap<T> extends Map<string, T> {
  operations = 0

  override get(key: string): T | undefined {
    this.operations++
    return super.get(key)
  }

  override has(key: string): boolean {
    this.operations++
    return super.has(key)
  }

  override *keys(): MapIterator<string> {
    for (const key of super.keys()) {
      this.operations++
      yield key
    }
  }

  override *values(): MapIterator<T> {
    for (const value of super.values()) {
      this.operations++
      yield value
    }
  }

  override *entries(): MapIterator<[string, T]> {
    for (const entry of super.entries()) {
      this.operations++
      yield entry
    }
  }

  override [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries()
  }
}

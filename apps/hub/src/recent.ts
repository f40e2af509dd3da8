import type { StoredPayload } from "./store.js"

const entriesMax = 8192
const bytesMax = 8 * 1024 * 1024

/** The newest payloads in memory, so that readers who keep up cost no reads from the disk. */
export class Recent {
  #entries: StoredPayload[] = []
  #start = 0
  #bytes = 0

  add(entry: StoredPayload): void {
    this.#entries.push(entry)
    this.#bytes += entry.payload.length
    while (this.#entries.length - this.#start > entriesMax || this.#bytes > bytesMax) {
      this.#bytes -= (this.#entries[this.#start] as StoredPayload).payload.length
      this.#start++
    }
    if (this.#start > entriesMax) {
      this.#entries = this.#entries.slice(this.#start)
      this.#start = 0
    }
  }

  /** Everything after this sequence is here. */
  covers(sequence: number): boolean {
    const first = this.#entries[this.#start]
    return first !== undefined && first.sequence <= sequence + 1
  }

  *after(sequence: number): Generator<StoredPayload> {
    const first = this.#entries[this.#start]
    if (first === undefined) return
    let index = this.#start + Math.max(0, sequence + 1 - first.sequence)
    for (let entry = this.#entries[index]; entry !== undefined; entry = this.#entries[++index]) yield entry
  }

  get(sequence: number): Uint8Array | undefined {
    const first = this.#entries[this.#start]
    if (first === undefined || sequence < first.sequence) return undefined
    return this.#entries[this.#start + sequence - first.sequence]?.payload
  }
}

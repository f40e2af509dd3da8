import type { Clock } from "@colloquy/core"

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
  cancelled: boolean
}

/**
 * Time that passes only from one timer to the next. Timers of the same millisecond fire in the order in which they were set, and what each sets
 * off settles before the next: the same program takes the same way every time.
 */
export class VirtualClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #heap: Timer[] = []
  #held = 0

  constructor(nowMs: number) {
    this.#nowMs = nowMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const atMs = this.#nowMs + Math.max(0, Math.ceil(delayMs))
    const timer = { atMs, order: this.#order++, callback, cancelled: false }
    this.#push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** Resolves after so long. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve))
  }

  /** Time stands still until the work is done: for what needs more than promises, such as a database. */
  async holdFor<T>(work: Promise<T>): Promise<T> {
    this.#held++
    try {
      return await work
    } finally {
      this.#held--
    }
  }

  /** Lets time pass until then; `stop` is asked between timers. */
  async runUntil(endMs: number, stop: () => boolean = () => false): Promise<void> {
    await this.#turn()
    for (;;) {
      if (stop()) return
      const next = this.#heap[0]
      if (next === undefined || next.atMs > endMs) break
      this.#pop()
      if (next.cancelled) continue
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.callback()
      await this.#turn()
    }
    this.#nowMs = Math.max(this.#nowMs, endMs)
  }

  /** Everything that waits for promises alone is done when this resolves: nothing in a simulation waits for anything else. */
  async #turn(): Promise<void> {
    do await new Promise<void>((resolve) => void setImmediate(resolve))
    while (this.#held > 0)
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(timer, heap[parent] as Timer)) break
      heap[at] = heap[parent] as Timer
      at = parent
    }
    heap[at] = timer
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Timer
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child++
      if (!isBefore(heap[child] as Timer, last)) break
      heap[at] = heap[child] as Timer
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs
}

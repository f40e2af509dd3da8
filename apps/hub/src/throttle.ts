/** Two buckets, messages and bytes, each filled for a second ahead: says how long to wait before more is taken. */
export class Throttle {
  readonly #messagesPerSecond: number
  readonly #bytesPerSecond: number
  #messages: number
  #bytes: number
  #filledAtMs: number

  constructor(messagesPerSecond: number, bytesPerSecond: number, nowMs: number) {
    this.#messagesPerSecond = messagesPerSecond
    this.#bytesPerSecond = bytesPerSecond
    this.#messages = messagesPerSecond
    this.#bytes = bytesPerSecond
    this.#filledAtMs = nowMs
  }

  /** Takes one message; 0 or less when the next may come at once, else the milliseconds to wait. */
  take(bytes: number, nowMs: number): number {
    const seconds = Math.max(0, nowMs - this.#filledAtMs) / 1000
    this.#filledAtMs = nowMs
    this.#messages = Math.min(this.#messagesPerSecond, this.#messages + seconds * this.#messagesPerSecond) - 1
    this.#bytes = Math.min(this.#bytesPerSecond, this.#bytes + seconds * this.#bytesPerSecond) - bytes
    const waitS = Math.max(-this.#messages / this.#messagesPerSecond, -this.#bytes / this.#bytesPerSecond)
    return Math.ceil(waitS * 1000)
  }
}

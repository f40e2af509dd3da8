import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Side } from "./side.js"

/** A side in its thread. */
export class RemoteSide implements AsyncDisposable {
  readonly #worker: Worker
  private constructor(worker: Worker) {
    this.#worker = worker
  }

  /** `undefined` where the side cannot be had on this machine. */
  static async start(name: string): Promise<RemoteSide | undefined> {
    const worker = new Worker(new URL("./side-process.js", import.meta.url), { workerData: name })
    const [works] = (await once(worker, "message")) as [boolean]
    if (works) return new RemoteSide(worker)
    await worker.terminate()
    return undefined
  }

  /** Operations a second; of `wireBytes`, bytes. */
  async do(name: Exclude<keyof Side, "settle">): Promise<number> {
    this.#worker.postMessage(name)
    const [value] = (await once(this.#worker, "message")) as [number]
    return value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate()
  }
}

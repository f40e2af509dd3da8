import { type ChildProcess, fork } from "node:child_process"
import type { SeedOrders, SeedResult } from "./seed-result.js"

/** What a worker is told first, and then seed by seed. */
export interface WorkerOrders {
  readonly orders: SeedOrders
  readonly typesFile: string | undefined
}

/** What a worker answers; a message is one of a kind. */
export type FromWorker = { readonly result: SeedResult } | { readonly ready: true }

/** Runs seeds in several processes, each of which takes the next one as soon as it is free. */
export async function inProcesses(
  main: string,
  jobs: number,
  seeds: Iterator<number>,
  orders: WorkerOrders,
  took: (result: SeedResult) => void,
): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => work(main, seeds, orders, took)))
}

function work(
  main: string,
  seeds: Iterator<number>,
  orders: WorkerOrders,
  took: (result: SeedResult) => void,
): Promise<void> {
  const child: ChildProcess = fork(main, ["--worker"])
  let seed: number | undefined
  const next = (): void => {
    const { done, value } = seeds.next()
    seed = done === true ? undefined : (value as number)
    if (seed === undefined) child.disconnect()
    else child.send({ seed })
  }
  return new Promise((resolve) => {
    child.on("message", (message: FromWorker) => {
      if ("result" in message) took(message.result)
      next()
    })
    child.on("exit", (code) => {
      if (seed !== undefined) took(died(seed, code))
      resolve()
    })
    child.send(orders)
  })
}

/** A process that ends by itself has failed at its seed; the others take the seeds that are left. */
function died(seed: number, code: number | null): SeedResult {
  const nothing = { people: 0, messages: 0, publications: 0, publishedBytes: 0, settledMs: 0, tookMs: 0 }
  return { seed, scenario: "?", ...nothing, failure: [`seed ${seed}: its process ended with ${code}`] }
}

import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { type Orders, readOrders } from "./command-line.js"
import { traceFolder, writeRun } from "./failure-files.js"
import { loadTypes } from "./load-types.js"
import type { Plan } from "./plan/plan.js"
import { planOf } from "./plan/scenarios.js"
import { inProcesses, type WorkerOrders } from "./pool.js"
import { runAndKeep, runSeed, type SeedResult } from "./seed-result.js"
import { runPlan } from "./simulate.js"
import { Tally } from "./tally.js"

const words = process.argv.slice(2)
if (words[0] === "--worker") beWorker()
else {
  const orders = readOrders(words)
  if (typeof orders === "string") {
    console.log(orders)
    process.exitCode = words.includes("--help") ? 0 : 1
  } else process.exitCode = (await main(orders)) ? 0 : 1
}

/** Whether every seed held. */
async function main(orders: Orders): Promise<boolean> {
  const { first, seeds, planFile, typesFile, shrinks } = orders
  const folder = traceFolder(orders.traceFolder)
  const seedOrders = { plan: orders.plan, shrinks, folder }
  const tally = new Tally(planFile === undefined ? seeds : 1)
  const jobs = planFile !== undefined ? 1 : (orders.jobs ?? (seeds < 50 ? 1 : Math.max(1, availableParallelism() - 1)))
  if (jobs > 1) {
    const all = Array.from({ length: seeds }, (_, index) => first + index).values()
    await inProcesses(fileURLToPath(import.meta.url), jobs, all, { orders: seedOrders, typesFile }, (result) =>
      tally.add(result),
    )
  } else {
    const types = await loadTypes(typesFile)
    const one = planFile === undefined ? undefined : (JSON.parse(readFileSync(planFile, "utf8")) as Plan)
    if (one !== undefined) tally.add(await runAndKeep(one, seedOrders, types))
    else for (let seed = first; seed < first + seeds; seed++) tally.add(await runSeed(seed, seedOrders, types))
    if (orders.traceFolder !== undefined && (one !== undefined || seeds === 1) && tally.failed.length === 0)
      console.log(
        `written to ${writeRun(await runPlan(one ?? planOf(first, { ...orders.plan, types }), { types }), folder)}`,
      )
  }
  tally.end(folder)
  return tally.failed.length === 0
}

/** A process that is told of seeds by another. */
function beWorker(): void {
  let told: Promise<{ readonly orders: WorkerOrders; run(seed: number): Promise<SeedResult> }> | undefined
  process.on("message", (message: WorkerOrders | { readonly seed: number }) => {
    if ("orders" in message) {
      told = loadTypes(message.typesFile).then((types) => ({
        orders: message,
        run: (seed) => runSeed(seed, message.orders, types),
      }))
      void told.then(() => process.send?.({ ready: true }))
    } else void told?.then(({ run }) => run(message.seed)).then((result) => process.send?.({ result }))
  })
}

import { Session } from "node:inspector/promises"
import { sharesOf } from "./shares.js"

const intervalUs = 1000

/** Runs some work under V8's profiler: the microseconds that each area took on this thread, and the processor time of the whole process. */
export async function profiled(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const session = new Session()
  session.connect()
  await session.post("Profiler.enable")
  await session.post("Profiler.setSamplingInterval", { interval: intervalUs })
  await session.post("Profiler.start")
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  const { profile } = await session.post("Profiler.stop")
  session.disconnect()
  return { ...Object.fromEntries(sharesOf(profile)), processorUs: user + system }
}

import { report, simulate } from "./simulation.js"
import { type Climate, describeWeather, type Weather, weatherOf } from "./weather.js"

const usage = `Runs the real client over a hostile delivery service, a seed at a time.

  npm run simulate -- [--seeds N] [--seed S] [--gentle] [--lines N] [--NAME VALUE]...

  --seeds N     how many seeds, 100 unless told
  --seed S      the first one, 1 unless told; alone, this one only, with its whole trace if it fails
  --gentle      nothing is lost, altered or forgotten
  --trace       print the trace of a seed that does not fail, too
  --lines N     how many lines of a trace are printed
  --NAME VALUE  a parameter of the weather, for example --loss 0.1 or --crashes 5`

const values = new Map<string, string>()
const words = process.argv.slice(2)
for (let i = 0; i < words.length; i++) {
  const word = words[i] ?? ""
  const [name = "", given] = word.replace(/^--/, "").split("=")
  const next = words[i + 1]
  if (given !== undefined) values.set(name, given)
  else if (next === undefined || next.startsWith("--")) values.set(name, "true")
  else values.set(name, words[++i] ?? "")
}

if (values.has("help")) console.log(usage)
else await main()

async function main(): Promise<void> {
  const first = Number(values.get("seed") ?? 1)
  const seeds = Number(values.get("seeds") ?? (values.has("seed") ? 1 : 100))
  const climate: Climate = values.has("gentle") ? "gentle" : "hostile"
  const linesMax = Number(values.get("lines") ?? (seeds === 1 ? Number.POSITIVE_INFINITY : 60))
  const weather: Partial<Record<keyof Weather, number>> = {}
  for (const name of Object.keys(weatherOf(1, climate)) as (keyof Weather)[]) {
    const value = values.get(name)
    if (value !== undefined) weather[name] = Number(value)
  }
  const failed: number[] = []
  const total = { messages: 0, publications: 0, bytes: 0, settledMs: 0 }
  const beganMs = performance.now()
  for (let seed = first; seed < first + seeds; seed++) {
    const run = await simulate(seed, { climate, weather })
    total.messages += run.messages
    total.publications += run.publications
    total.bytes += run.publishedBytes
    total.settledMs = Math.max(total.settledMs, run.settledMs)
    if (run.violations.length > 0) {
      failed.push(seed)
      console.log(`${report(run, linesMax)}\n`)
    } else if (values.has("trace")) console.log(`${describeWeather(run.weather)}\n${run.trace.diagram(linesMax)}\n`)
    if (seed % 100 === 0)
      console.error(`${seed} (${((performance.now() - beganMs) / 1000).toFixed(0)} s, ${failed.length} failed)`)
  }
  const { messages, publications, bytes, settledMs } = total
  console.log(
    `${seeds} seeds, ${climate}: ${messages} messages, ${publications} publications, ${Math.round(bytes / 1024)} KiB; ` +
      `agreed within ${Math.ceil(settledMs / 3_600_000)} h of good network; ${failed.length} failed` +
      (failed.length > 0 ? `: ${failed.slice(0, 100).join(" ")}` : ""),
  )
  if (failed.length > 0) process.exitCode = 1
}

const mebibyte = 1024 * 1024
const sampleMs = 100

/** What this process has of memory, in MiB: all that is resident, JavaScript's heap, and buffers outside of it. */
interface Memory {
  readonly rss: number
  readonly heap: number
  readonly buffers: number
}

export function memory(): Memory {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return { rss: round(rss), heap: round(heapUsed), buffers: round(arrayBuffers) }
}

/** The most of each while something goes on, sampled. */
export async function peakOf(action: () => Promise<void>): Promise<Memory> {
  let peak = memory()
  const timer = setInterval(() => {
    const now = memory()
    peak = {
      rss: Math.max(peak.rss, now.rss),
      heap: Math.max(peak.heap, now.heap),
      buffers: Math.max(peak.buffers, now.buffers),
    }
  }, sampleMs)
  try {
    await action()
  } finally {
    clearInterval(timer)
  }
  return peak
}

/** Resolves when the process has done next to nothing for a while: what it does after an opening has ended. */
export async function quiet(): Promise<void> {
  for (let still = 0; still < 4;) {
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const { user, system } = process.cpuUsage(before)
    still = user + system < 10_000 ? still + 1 : 0
  }
}

function round(bytes: number): number {
  return Math.round(bytes / mebibyte)
}

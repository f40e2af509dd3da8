import { ColloquyError } from "@colloquy/core"

/** Longer than any step of a machine that has nothing to wait for. */
const patienceMs = 20_000

/** What a machine promised. Throws `STEP_HANGS` for a promise that is not kept: a machine has nobody to wait for. */
export async function kept<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ColloquyError("STEP_HANGS", "a step was never finished")), patienceMs)
  })
  try {
    return await Promise.race([promise, hangs])
  } finally {
    clearTimeout(timer)
  }
}

import type { MemoryStorage, OpenStorage, Storage } from "@colloquy/core"

/** `before`: the commit is not written. `after`: it is, and nobody learns of it. */
export type CrashMoment = "before" | "after"

/** Opens a memory storage that is taken away at one of its commits, counted from 1 over all its owners, and never again. */
export function crashingStorage(
  storage: MemoryStorage,
  commit: number,
  moment: CrashMoment,
): OpenStorage & { readonly crashed: () => boolean } {
  let commits = 0
  const wrap = (inner: Storage): Storage => ({
    lost: inner.lost,
    get: (keys) => inner.get(keys),
    scan: (range) => inner.scan(range),
    scrub: () => inner.scrub(),
    close: () => inner.close(),
    commit: async (batch) => {
      commits++
      if (commits !== commit) return inner.commit(batch)
      if (moment === "after") await inner.commit(batch)
      storage.lose()
      throw inner.lost.reason
    },
  })
  return Object.assign(async () => wrap(await storage()), { crashed: () => commits >= commit })
}

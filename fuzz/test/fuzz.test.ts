import { join } from "node:path"
import { toHex } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { readInputs } from "../src/engine/corpus.js"
import { failureOf, Fuzzer } from "../src/engine/fuzzer.js"
import { Random } from "../src/engine/random.js"
import { targets } from "../src/targets/index.js"

const folder = join(import.meta.dirname, "..")
const seed = 20_261_123

describe.each(targets)("$name: $holds", (target) => {
  it("for what failed once, for the corpus, and for some mutations of it", async () => {
    const opened = await target.open()
    try {
      const regressions = readInputs(folder, "regressions", target.name)
      for (const input of regressions)
        expect(await failureOf(opened, input), `--target ${target.name} --input ${toHex(input)}`).toBeUndefined()
      const corpus = [...regressions, ...readInputs(folder, "corpus", target.name)]
      const fuzzer = new Fuzzer({ target, opened, random: new Random(seed), corpus })
      await fuzzer.replay()
      await fuzzer.runTimes(target.runs)
      const failures = fuzzer.failures.map(
        ({ input, what }) => `${what}\nnpm run fuzz -- --target ${target.name} --input ${toHex(input)}`,
      )
      expect(failures, `of seed ${seed}`).toEqual([])
      expect(fuzzer.executions).toBeGreaterThan(target.runs)
    } finally {
      await opened.close?.()
    }
  })
})

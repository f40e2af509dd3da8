// A process to be killed: commits numbered batches, eight in flight, and prints the number of each as soon as it is durable.
// node commit-loop.mjs PATH FIRST-NUMBER BATCHES-BETWEEN-SCRUBS
import { writeSync } from "node:fs"
import { sqlite } from "@colloquy/storage-sqlite"
import { batchOf } from "./numbered-batches.mjs"

const [path, first, scrubEvery] = process.argv.slice(2)
const storage = await sqlite(path)()
print("ready")

let next = Number(first)
await Promise.all(Array.from({ length: 8 }, work))
print(`lost ${storage.lost.aborted}`)
await storage.close()

async function work() {
  while (!storage.lost.aborted) {
    const number = next++
    try {
      await storage.commit(batchOf(number))
      print(String(number))
      if (number % Number(scrubEvery) === 0) await storage.scrub()
    } catch (error) {
      return print(`failed ${error.code}`)
    }
  }
}

/** At once, also into a pipe: what is printed was durable before. */
function print(line) {
  writeSync(1, `${line}\n`)
}

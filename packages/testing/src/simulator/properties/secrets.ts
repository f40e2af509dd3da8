import type { Person } from "../people/person.js"
import { type Violation, violation } from "./account.js"

/**
 * What was erased, and what a removed conversation held, is in no byte of a disk that nothing seals. A type may keep what it still sends
 * again: that is looked for only in what others said, and in what was acknowledged.
 */
export function* traces(person: Person, disk: readonly Uint8Array[]): Generator<Violation> {
  const { forgotten, sayings, lives } = person.recall
  if (person.plan.store.startsWith("sealed") || forgotten.size === 0 || lives > 1) return
  const own = new Map(sayings.map((saying) => [saying.text, saying]))
  const acknowledged = new Set<string>()
  for (const event of person.reader.seen.values())
    if (event.type === "state" && event.state === "acknowledged") acknowledged.add(event.message)
  const bytes = disk.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
  for (const words of forgotten) {
    const saying = own.get(words)
    const isOver = saying === undefined || acknowledged.has(saying.id ?? "") || person.recall.removed.has(saying.talk)
    if (words === "" || !isOver) continue
    if (bytes.some((part) => part.includes(words)))
      yield violation("secrets", `${person.name}: "${words.slice(0, 60)}" was erased and is on the disk`)
  }
}

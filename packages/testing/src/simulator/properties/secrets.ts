import type { Person } from "../people/person.js"
import type { Talk } from "../talk.js"
import { type Violation, violation } from "./account.js"

/**
 * What was erased, and what a removed conversation held, is in no byte of a disk that nothing seals. A type may keep what it still sends
 * again: that is looked for only in what others said, and where everything was acknowledged.
 */
export function* traces(person: Person, talks: readonly Talk[], disk: readonly Uint8Array[]): Generator<Violation> {
  const { forgotten, sayings, lives } = person.recall
  if (person.plan.store.startsWith("sealed") || forgotten.size === 0 || lives > 1) return
  const own = new Map(sayings.map((saying) => [saying.text, saying]))
  const bytes = disk.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
  for (const words of forgotten) {
    const saying = own.get(words)
    const isKept = saying !== undefined && talks[saying.talk]?.whole !== true && !person.recall.removed.has(saying.talk)
    if (words === "" || isKept) continue
    if (bytes.some((part) => part.includes(words)))
      yield violation("secrets", `${person.name}: "${words.slice(0, 60)}" was erased and is on the disk`)
  }
}

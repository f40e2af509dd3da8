import { bloomBitsOf, bloomBytes, bloomCapacity, bloomPageBytes, bloomPages } from "./bloom-filter.js"
import type { PublishedDraft } from "./channel.js"

/**
 * RL-45: adds an id to the filter. From half its capacity on ids go to a young one too, which takes its place at full capacity: so the filter always
 * holds the last 5,000 to 10,000 ids, and nothing is ever computed again from the log.
 */
export function noteInFilter({ channel, filter }: PublishedDraft, id: string): void {
  const half = bloomCapacity / 2
  if (channel.filled === bloomCapacity) {
    for (let page = 0; page < bloomPages; page++) filter.delete(keyOf(channel.filter, page))
    channel.filter++
    channel.filled = half
  }
  const filters = channel.filled >= half ? [channel.filter, channel.filter + 1] : [channel.filter]
  for (const { at, mask } of bloomBitsOf(id))
    for (const one of filters) {
      const key = keyOf(one, Math.floor(at / bloomPageBytes))
      const page = filter.get(key)?.slice() ?? new Uint8Array(bloomPageBytes)
      page[at % bloomPageBytes] = (page[at % bloomPageBytes] as number) | mask
      filter.set(key, page)
    }
  channel.filled++
}

/** The filter as it is sent. */
export function filterBytes({ channel, filter }: PublishedDraft): Uint8Array {
  const bytes = new Uint8Array(bloomBytes)
  for (let page = 0; page < bloomPages; page++) {
    const stored = filter.get(keyOf(channel.filter, page))
    if (stored !== undefined) bytes.set(stored, page * bloomPageBytes)
  }
  return bytes
}

function keyOf(filter: number, page: number): string {
  return `${filter}/${page}`
}

import { type Message, MessageChannel } from "@waku/sds"
import { describe, expect, it } from "vitest"
import { bloomBitsOf, bloomBytes, bloomDoubt, bloomHas } from "./bloom-filter.js"
import { freshChannel, publishedDraft, publishedPatch, type PublishedState } from "./channel.js"
import { filterBytes, noteInFilter } from "./filter.js"

const noLog = { has: () => false, message: () => undefined }
const emptyState: PublishedState = {
  channel: freshChannel,
  filter: new Map(),
  sent: new Map(),
  incoming: new Map(),
  wanted: new Map(),
  owed: new Map(),
}

describe("the bloom filter", () => {
  it("RL-45: is byte for byte the one of @waku/sds", async () => {
    const channel = new MessageChannel("channel", "someone")
    const draft = publishedDraft(emptyState, noLog)
    const published: Message[] = []
    for (let i = 0; i < 100; i++) {
      channel.pushOutgoingMessage(new TextEncoder().encode(`text ${i}`), (message) => {
        published.push(message)
        return Promise.resolve({ success: true })
      })
      await channel.processTasks()
      expect(Buffer.compare(published[i]?.bloomFilter ?? new Uint8Array(), filterBytes(draft))).toBe(0)
      noteInFilter(draft, published[i]?.messageId as string)
    }
  })

  it("RL-45: has the published bits of a few texts", () => {
    // From the test vectors of @waku/sds, which give both hashes modulo 100 to 10,000: their sum over a step of 0 and 1.
    const bitOf = ({ at, mask }: { at: number; mask: number }): number =>
      64 * Math.floor(at / 8) + 8 * (7 - (at % 8)) + Math.log2(mask)
    const [first, second] = bloomBitsOf("hello").map(bitOf)
    expect((first as number) % 10_000).toBe(3351)
    expect((second as number) % 10_000).toBe(4225)
  })

  it("RL-45: holds what was put in, and errs about as often as it says", () => {
    const draft = publishedDraft(emptyState, noLog)
    for (let i = 0; i < 5000; i++) noteInFilter(draft, `in ${i}`)
    const filter = filterBytes(draft)
    for (let i = 0; i < 5000; i++) if (!bloomHas(filter, bloomBitsOf(`in ${i}`))) throw new Error(`${i} is lost`)
    const doubt = bloomDoubt(filter)
    expect(doubt).toBeGreaterThan(1e-6)
    expect(doubt).toBeLessThan(1e-5)
    let wrong = 0
    for (let i = 0; i < 100_000; i++) if (bloomHas(filter, bloomBitsOf(`out ${i}`))) wrong++
    expect(wrong).toBeLessThan(10)
  })

  it("RL-45: keeps at least the last 5,000 ids however many there were, in two filters at most, and writes at most 20 pages for each", () => {
    let state = emptyState
    let most = 0
    for (let i = 0; i < 30_001; i++) {
      const draft = publishedDraft(state, noLog)
      noteInFilter(draft, `id ${i}`)
      const patch = publishedPatch(state, draft)
      const rows = state.filter as Map<string, Uint8Array>
      const rolls = draft.channel.filter !== state.channel.filter
      if (!rolls) most = Math.max(most, patch.filter?.size ?? 0)
      for (const [key, page] of patch.filter ?? [])
        if (page === undefined) rows.delete(key)
        else rows.set(key, page)
      state = { ...state, channel: draft.channel, filter: rows }
    }
    const filter = filterBytes(publishedDraft(state, noLog))
    for (let i = 25_001; i < 30_001; i++) expect(bloomHas(filter, bloomBitsOf(`id ${i}`))).toBe(true)
    expect(filter.length).toBe(bloomBytes)
    expect(state.filter.size).toBeLessThanOrEqual(1172)
    expect(most).toBeLessThanOrEqual(20)
    expect(bloomDoubt(filter)).toBeLessThanOrEqual(0.0011)
  })
})

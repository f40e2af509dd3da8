import type { Batch, OpenDelivery, ReceivedPayload } from "@colloquy/core"

const batchPayloads = 512

/**
 * A delivery service that brings prepared payloads as fast as they are taken, over and over until it were `count`, in batches as a hub makes them, then
 * nothing. It costs next to nothing itself, so that what is measured is the client.
 */
export function firehose(options: {
  readonly count: number
  /** A multiple of 512. */
  readonly payloads: readonly ReceivedPayload[]
  readonly begin: () => void
  /** Nothing comes before. */
  readonly ready: Promise<void>
}): OpenDelivery {
  const { count, begin, ready } = options
  return () => {
    const closing = new AbortController()
    return {
      scope: "firehose",
      limits: { payloadBytesMax: 150 * 1024, topicsMax: 10 },
      publish: () => new Promise(() => undefined),
      status: (listener) => {
        listener({ state: "up" })
        return () => undefined
      },
      close: async () => closing.abort(),
      open: ({ signal } = {}) => ({
        follow: () => Promise.resolve(),
        leave: () => Promise.resolve(),
        [Symbol.asyncDispose]: () => Promise.resolve(),
        async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
          await ready
          begin()
          for (let at = 0; at < count; at += batchPayloads) {
            const size = Math.min(batchPayloads, count - at)
            const from = at % options.payloads.length
            const payloads = options.payloads.slice(from, from + size)
            yield { payloads, cursor: new Uint8Array(8).fill(at), live: at + size >= count }
          }
          await new Promise((resolve) => {
            for (const one of [closing.signal, signal])
              if (one?.aborted === true) resolve(undefined)
              else one?.addEventListener("abort", resolve, { once: true })
          })
        },
      }),
    }
  }
}

import type { Batch, OpenDelivery, Topic } from "@colloquy/core"

const batchPayloads = 512

/**
 * A delivery service that brings prepared envelopes as fast as they are taken, `count` of them in batches as a hub makes them, then nothing. It costs
 * next to nothing itself, so that what is measured is the client.
 */
export function firehose(options: {
  readonly topic: Topic
  readonly count: number
  readonly envelope: (number: number) => Uint8Array
  readonly begin: () => void
  /** Nothing comes before. */
  readonly ready: Promise<void>
}): OpenDelivery {
  const { topic, count, envelope, begin, ready } = options
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
            const payloads = Array.from({ length: size }, (_, i) => ({ topic, payload: envelope(at + i) }))
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

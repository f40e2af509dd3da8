import type { DeliveryService, MemoryDelivery, OpenDelivery } from "@colloquy/core"

/** A way into a memory delivery whose publications a test holds back and lets go in another order. */
export interface HeldDelivery {
  readonly open: OpenDelivery
  hold(): void
  /** Publishes what is held, the last first, and then holds nothing any more. */
  releaseReversed(): void
}

export function heldDelivery(delivery: MemoryDelivery): HeldDelivery {
  let held: (() => void)[] | undefined
  return {
    open: (environment) => {
      const service = delivery.open(environment)
      const publish: DeliveryService["publish"] = async (publication, options) => {
        const { signal } = options ?? {}
        if (held !== undefined)
          await new Promise<void>((resolve) => {
            held?.push(resolve)
            signal?.addEventListener("abort", () => resolve())
          })
        return service.publish(publication, options)
      }
      return {
        get scope() {
          return service.scope
        },
        limits: service.limits,
        publish,
        open: (options) => service.open(options),
        status: (listener) => service.status(listener),
        close: () => service.close(),
      }
    },
    hold: () => {
      held ??= []
    },
    releaseReversed: () => {
      const waiting = held ?? []
      held = undefined
      for (const resolve of waiting.reverse()) resolve()
    },
  }
}

import {
  ColloquyError,
  type DeliveryService,
  type DeliveryStatus,
  type OpenDelivery,
  type Publication,
} from "@colloquy/core"
import type { SimProcess } from "../people/sim-process.js"
import { HostileFeed } from "./hostile-feed.js"
import type { HostileNetwork } from "./hostile-network.js"
import type { Mailbox } from "./mailbox.js"

/** One process's connection to the hostile network. */
export function hostileDelivery(network: HostileNetwork, mailbox: Mailbox, process: SimProcess): OpenDelivery {
  return () => {
    const feeds = new Set<HostileFeed>()
    const listeners = new Set<(status: DeliveryStatus) => void>()
    const ending = new Set<() => void>()
    let isClosed = false
    let scope = ""
    const closed = (): ColloquyError => new ColloquyError("DELIVERY_CLOSED", "the delivery service was closed")
    const statusNow = (): DeliveryStatus => {
      if (mailbox.up) scope = network.scope
      return mailbox.up ? { state: "up" } : { state: "down", code: "DELIVERY_UNREACHABLE" }
    }
    const changed = (): void => {
      if (!process.alive) return
      const status = statusNow()
      if (status.state !== shown) for (const listener of [...listeners]) listener(status)
      shown = status.state
      for (const feed of feeds) feed.wake()
    }
    let shown: DeliveryStatus["state"] = statusNow().state
    mailbox.listeners.add(changed)
    process.onEnd(() => mailbox.listeners.delete(changed))
    const service: DeliveryService = {
      get scope() {
        return scope
      },
      limits: { payloadBytesMax: 150 * 1024, topicsMax: 1000 },
      publish: (publication: Publication) =>
        process.guard(
          new Promise((resolve, reject) => {
            const end = (): void => reject(closed())
            if (isClosed) end()
            ending.add(end)
            const settled = network.publish(mailbox, publication).finally(() => ending.delete(end))
            settled.then(resolve, reject)
          }),
        ),
      open: (options = {}) => {
        const feed = new HostileFeed({ network, mailbox, process, ended: () => feeds.delete(feed) }, options)
        feeds.add(feed)
        if (isClosed) feed.fail(closed())
        return feed
      },
      status: (listener) => {
        listeners.add(listener)
        listener(statusNow())
        return () => listeners.delete(listener)
      },
      close: async () => {
        isClosed = true
        for (const end of ending) end()
        mailbox.listeners.delete(changed)
        for (const feed of [...feeds]) feed.fail(closed())
        for (const listener of [...listeners]) listener({ state: "down", code: "DELIVERY_CLOSED" })
        listeners.clear()
      },
    }
    return service
  }
}

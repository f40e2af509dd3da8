import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { type DeliveryStatus, fromUtf8, type Topic, utf8 } from "@colloquy/core"
import { hub } from "@colloquy/delivery-hub"
import { describe, expect, it, onTestFinished } from "vitest"
import { WebSocket } from "ws"
import { environment } from "./environment.js"
import { expectServed, hubOfThisTest, until } from "./raw-client.js"

const topic = "/test/1/a/raw" as Topic

/** A TCP proxy that can stop forwarding without closing anything, as a broken network does. */
async function proxyTo(url: string) {
  const pairs: (readonly [client: Socket, hub: Socket])[] = []
  const server = createServer((client) => {
    const forwarded = connect(Number(new URL(url).port), "127.0.0.1")
    for (const socket of [client, forwarded]) socket.on("error", () => undefined)
    client.pipe(forwarded)
    forwarded.pipe(client)
    pairs.push([client, forwarded])
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const end = (): void => {
    for (const socket of pairs.flat()) socket.destroy()
    server.close()
  }
  onTestFinished(end)
  const { port } = server.address() as { port: number }
  return {
    url: `ws://127.0.0.1:${port}`,
    /** What is connected now hears nothing from then on, in one or both directions. */
    freeze(direction: "to the hub" | "to the client" | "both ways"): void {
      for (const [client, forwarded] of pairs) {
        if (direction !== "to the client") client.unpipe(forwarded)
        if (direction !== "to the hub") forwarded.unpipe(client)
      }
    },
  }
}

describe("a connection that stops answering", () => {
  it.each(["both ways", "to the client", "to the hub"] as const)(
    "HUB-14, HUB-15: %s is noticed and reopened, and the feed goes on without loss",
    async (direction) => {
      const running = await hubOfThisTest({ heartbeatMs: 50, silenceMs: 200 })
      const proxy = await proxyTo(running.url)
      const open = (url: string) => {
        const service = hub(url, { webSocket: WebSocket, backoffMs: 20 })(environment)
        onTestFinished(() => service.close())
        return service
      }
      const [saro, raya] = [open(running.url), open(proxy.url)]
      const statuses: DeliveryStatus[] = []
      raya.status((status) => statuses.push(status))
      const feed = raya.open()
      await feed.follow([{ topic }])
      const seen = new Set<string>()
      const read = (async () => {
        for await (const batch of feed)
          for (const { payload } of batch.payloads) {
            seen.add(fromUtf8(payload) ?? "")
            if (seen.size === 20) return
          }
      })()
      const say = (text: string) => saro.publish({ id: environment.random(16), topic, payload: utf8(text) })
      for (let i = 0; i < 10; i++) await say(`${i}`)
      proxy.freeze(direction)
      for (let i = 10; i < 20; i++) await say(`${i}`)
      await read
      expect(statuses.some(({ state }) => state === "down")).toBe(true)
      if (direction !== "to the hub") expect(statuses.map(({ code }) => code)).toContain("DELIVERY_SILENT")
      await until(() => statuses.at(-1)?.state === "up")
      await until(() => running.stats().connections === 2)
      expect([...seen]).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
    },
  )

  it("HUB-14: half-open connections are given up, and cost the others nothing", async () => {
    const running = await hubOfThisTest({ heartbeatMs: 50, silenceMs: 200 })
    const proxy = await proxyTo(running.url)
    const sockets = Array.from({ length: 20 }, () =>
      hub(proxy.url, { webSocket: WebSocket, backoffMs: 600_000 })(environment),
    )
    onTestFinished(async () => void (await Promise.all(sockets.map((service) => service.close()))))
    await until(() => running.stats().connections === 20)
    proxy.freeze("both ways")
    await expectServed(running.url)
    await until(() => running.stats().connections === 0)
  })
})

import { fromUtf8 } from "@colloquy/core"
import { describe, expect, it } from "vitest"
import { HubProof, refusalNumber } from "../src/protocol/index.js"
import { ClientUnderTest, type FakeSocket, settle, watch } from "./fake-hub.js"

const published = (socket: FakeSocket) => socket.kind("publish").flatMap(({ publications }) => publications)
const texts = (socket: FakeSocket) => published(socket).map(({ payload }) => fromUtf8(payload))
const acknowledge = (socket: FakeSocket, count = Number.POSITIVE_INFINITY): void =>
  socket.receive({
    case: "published",
    value: {
      ids: published(socket)
        .slice(0, count)
        .map(({ id }) => id),
      proof: HubProof.STORED,
    },
  })

describe("publishing through the hub's client", () => {
  it("HUB-3: resolves only when the hub acknowledges, with its proof", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const stored = client.service.publish(client.publication("stored"))
    const relayed = client.service.publish({ ...client.publication("relayed"), ephemeral: true })
    const watched = watch(stored)
    await settle()
    expect(watched.state).toBe("pending")
    expect(published(socket).map(({ ephemeral }) => ephemeral)).toEqual([false, true])
    const [first, second] = published(socket).map(({ id }) => id)
    socket.receive({ case: "published", value: { ids: [first as Uint8Array], proof: HubProof.STORED } })
    socket.receive({ case: "published", value: { ids: [second as Uint8Array], proof: HubProof.RELAYED } })
    expect(await stored).toEqual({ proof: "stored" })
    expect(await relayed).toEqual({ proof: "relayed" })
  })

  it("HUB-17: fails at once with DELIVERY_DOWN while the hub is down", async () => {
    const client = new ClientUnderTest()
    client.socket.drop()
    await expect(client.service.publish(client.publication("a"))).rejects.toMatchObject({
      code: "DELIVERY_DOWN",
      retry: "later",
    })
  })

  it("HUB-17: waits for the attempt while connecting, and is sent in the order of the calls once it succeeds", async () => {
    const client = new ClientUnderTest()
    for (const text of ["a", "b", "c"]) void client.service.publish(client.publication(text))
    await settle()
    expect(client.socket.sent).toEqual([])
    expect(texts(client.greet())).toEqual(["a", "b", "c"])
  })

  it("HUB-17: fails with DELIVERY_DOWN when the attempt that it waits for fails", async () => {
    const client = new ClientUnderTest()
    const watched = watch(client.service.publish(client.publication("a")))
    await settle()
    client.socket.drop()
    await settle()
    expect(watched.state).toBe("DELIVERY_DOWN")
  })

  it("HUB-16: sends again what was not acknowledged, with the same ids in the same order", async () => {
    const client = new ClientUnderTest()
    const first = client.greet()
    const watched = ["a", "b", "c", "d"].map((text) => watch(client.service.publish(client.publication(text))))
    await settle()
    acknowledge(first, 1)
    first.drop()
    await settle()
    expect(watched.map(({ state }) => state)).toEqual(["resolved", "pending", "pending", "pending"])
    const second = client.reconnect()
    expect(texts(second)).toEqual(["b", "c", "d"])
    expect(published(second).map(({ id }) => id)).toEqual(
      published(first)
        .slice(1)
        .map(({ id }) => id),
    )
    acknowledge(second)
    await settle()
    expect(watched.map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved", "resolved"])
  })

  it("HUB-16, HUB-17: what was under way fails with DELIVERY_DOWN when the next attempt fails too", async () => {
    const client = new ClientUnderTest()
    client.greet()
    const watched = watch(client.service.publish(client.publication("a")))
    await settle()
    client.socket.drop()
    await settle()
    expect(watched.state).toBe("pending")
    client.clock.advance(1000)
    client.socket.drop()
    await settle()
    expect(watched.state).toBe("DELIVERY_DOWN")
    expect(published(client.reconnect())).toEqual([])
  })

  it.each(["PAYLOAD_TOO_LARGE", "TOPIC_REFUSED", "DELIVERY_REFUSED", "DELIVERY_BUSY"] as const)(
    "HUB-6: fails with the hub's %s, and the others go on",
    async (code) => {
      const client = new ClientUnderTest()
      const socket = client.greet()
      const refused = client.service.publish(client.publication("a"))
      const other = client.service.publish(client.publication("b"))
      await settle()
      const [a, b] = published(socket).map(({ id }) => id) as [Uint8Array, Uint8Array]
      socket.receive({ case: "publicationRefused", value: { id: a, code: refusalNumber(code) } })
      socket.receive({ case: "published", value: { ids: [b], proof: HubProof.STORED } })
      await expect(refused).rejects.toMatchObject({ code, retry: code === "DELIVERY_BUSY" ? "later" : "never" })
      expect(await other).toEqual({ proof: "stored" })
    },
  )

  it("HUB-18: fails with DELIVERY_BUSY beyond the cap of publications or of bytes, and takes more when some are through", async () => {
    const client = new ClientUnderTest({ pendingMax: 3, pendingBytesMax: 1000 })
    const socket = client.greet()
    const kept = ["a", "b"].map((text) => client.service.publish(client.publication(text)))
    const large = { ...client.publication(""), payload: new Uint8Array(999) }
    await expect(client.service.publish(large)).rejects.toMatchObject({ code: "DELIVERY_BUSY", retry: "later" })
    kept.push(client.service.publish(client.publication("c")))
    await expect(client.service.publish(client.publication("d"))).rejects.toMatchObject({ code: "DELIVERY_BUSY" })
    await settle()
    acknowledge(socket)
    await Promise.all(kept)
    const watched = watch(client.service.publish(client.publication("e")))
    await settle()
    expect(watched.state).toBe("pending")
  })

  it("HUB-18: never has more under way than the hub's window, and goes on as acknowledgements come", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const wanted = Array.from({ length: 20 }, (_, index) => `${index}`)
    for (const text of wanted) void client.service.publish(client.publication(text))
    await settle()
    expect(texts(socket)).toEqual(wanted.slice(0, 8))
    for (let acknowledged = 8; acknowledged < 20; acknowledged += 8) {
      const ids = published(socket)
        .slice(acknowledged - 8, acknowledged)
        .map(({ id }) => id)
      socket.receive({ case: "published", value: { ids, proof: HubProof.STORED } })
      await settle()
      expect(texts(socket)).toEqual(wanted.slice(0, acknowledged + 8))
    }
  })

  it("HUB-18: keeps the bytes under way within the hub's window", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    for (let i = 0; i < 6; i++)
      void client.service.publish({ ...client.publication(""), payload: new Uint8Array(1000) })
    await settle()
    expect(published(socket)).toHaveLength(4)
  })

  it("HUB-4: the same id twice is sent once and resolves twice", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const publication = client.publication("once")
    const both = Promise.all([client.service.publish(publication), client.service.publish(publication)])
    await settle()
    expect(published(socket)).toHaveLength(1)
    acknowledge(socket)
    expect(await both).toEqual([{ proof: "stored" }, { proof: "stored" }])
  })

  it("an aborted publication is not sent, or not sent again, and frees its place", async () => {
    const client = new ClientUnderTest({ pendingMax: 1 })
    const before = new AbortController()
    const unsent = watch(client.service.publish(client.publication("unsent"), { signal: before.signal }))
    before.abort(Object.assign(new Error("stop"), { code: "ABORTED" }))
    await settle()
    expect(unsent.state).toBe("ABORTED")
    const after = new AbortController()
    const sent = watch(client.service.publish(client.publication("sent"), { signal: after.signal }))
    await settle()
    const socket = client.greet()
    expect(texts(socket)).toEqual(["sent"])
    after.abort(Object.assign(new Error("stop"), { code: "ABORTED" }))
    await settle()
    expect(sent.state).toBe("ABORTED")
    socket.drop()
    const again = client.reconnect()
    expect(published(again)).toEqual([])
    void client.service.publish(client.publication("next"))
    await settle()
    expect(texts(again)).toEqual(["next"])
  })

  it("HUB-20: an acknowledgement of what was never published changes nothing", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const watched = watch(client.service.publish(client.publication("a")))
    await settle()
    socket.receive({ case: "published", value: { ids: [new Uint8Array(16)], proof: HubProof.STORED } })
    socket.receive({ case: "publicationRefused", value: { id: new Uint8Array(16), code: 1 } })
    await settle()
    expect(watched.state).toBe("pending")
    expect(client.status.state).toBe("up")
  })
})

import { describe, expect, it } from "vitest"
import { hub } from "../src/index.js"
import { closeCodes } from "../src/protocol/index.js"
import { ClientUnderTest, FakeSocket, settle } from "./fake-hub.js"

describe("the client's connection", () => {
  it("HUB-1, HUB-2: names the subprotocol, says hello with its versions, and is up once the hub greeted", () => {
    const client = new ClientUnderTest()
    expect(client.status).toEqual({ state: "connecting" })
    expect(client.service.scope).toBe("")
    expect(client.socket.protocols).toEqual(["colloquy.hub.v1"])
    client.socket.open()
    expect(client.socket.kind("hello")).toMatchObject([{ versions: [1] }])
    client.greet()
    expect(client.status).toEqual({ state: "up" })
    expect(client.service.scope).toBe("05".repeat(16))
    expect(client.service.limits).toEqual({ payloadBytesMax: 1000, topicsMax: 100, retentionMs: 86_400_000 })
  })

  it("HUB-2: gives up a hub that accepts and does not greet, as silent", () => {
    const client = new ClientUnderTest({ connectTimeoutMs: 500 })
    client.socket.open()
    client.clock.advance(499)
    expect(client.status.state).toBe("connecting")
    client.clock.advance(1)
    expect(client.status).toMatchObject({ state: "down", code: "DELIVERY_SILENT" })
    expect(client.sockets[0]?.terminated).toBe(true)
  })

  it("HUB-2: calls a hub that can't be connected to unreachable", () => {
    const client = new ClientUnderTest({ connectTimeoutMs: 500 })
    client.socket.drop()
    expect(client.status).toMatchObject({ state: "down", code: "DELIVERY_UNREACHABLE" })
    client.clock.advance(1000)
    client.clock.advance(500)
    expect(client.status).toMatchObject({ state: "down", code: "DELIVERY_UNREACHABLE" })
  })

  it("HUB-14: answers a ping at once, and asks when it heard nothing for the heartbeat", () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    socket.receive({ case: "ping", value: {} })
    expect(socket.kind("pong")).toHaveLength(1)
    client.clock.advance(999)
    expect(socket.kind("ping")).toHaveLength(0)
    client.clock.advance(501)
    expect(socket.kind("ping")).toHaveLength(1)
  })

  it("HUB-14: notices a connection that stopped answering, says DELIVERY_SILENT, and reopens it", () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    for (let i = 0; i < 20; i++) {
      client.clock.advance(900)
      socket.receive({ case: "pong", value: {} })
    }
    expect(client.status.state).toBe("up")
    client.clock.advance(3500)
    expect(client.statuses.map(({ code }) => code)).toContain("DELIVERY_SILENT")
    expect(socket.terminated).toBe(true)
    client.reconnect()
    expect(client.status).toEqual({ state: "up" })
  })

  it("HUB-14: notices after a sleep of the machine", () => {
    const client = new ClientUnderTest()
    client.greet()
    client.clock.sleep(3_600_000)
    expect(client.status).toMatchObject({ state: "down", code: "DELIVERY_SILENT" })
  })

  it("HUB-15: waits longer with each failure, at random within the upper half, up to the longest wait", () => {
    const client = new ClientUnderTest({ backoffMs: 100, backoffMsMax: 1000 })
    const waits: number[] = []
    for (let i = 0; i < 8; i++) {
      client.socket.drop()
      const { retryAtMs } = client.status
      const waitMs = (retryAtMs as number) - client.clock.nowMs()
      waits.push(waitMs)
      client.clock.advance(waitMs)
    }
    const longest = [100, 200, 400, 800, 1000, 1000, 1000, 1000]
    waits.forEach((waitMs, i) => {
      expect(waitMs).toBeGreaterThanOrEqual((longest[i] as number) / 2)
      expect(waitMs).toBeLessThanOrEqual(longest[i] as number)
    })
    expect(new Set(waits.slice(4)).size).toBeGreaterThan(1)
  })

  it("HUB-15: begins with the short wait again after a connection that was up", () => {
    const client = new ClientUnderTest({ backoffMs: 100, backoffMsMax: 10_000 })
    for (let i = 0; i < 6; i++) {
      client.socket.drop()
      client.clock.advance(10_000)
    }
    client.greet()
    client.socket.drop()
    expect((client.status.retryAtMs as number) - client.clock.nowMs()).toBeLessThanOrEqual(100)
  })

  it("HUB-15: keeps waiting longer for a hub that greets and then refuses", () => {
    const client = new ClientUnderTest({ backoffMs: 100, backoffMsMax: 10_000 })
    for (let i = 0; i < 6; i++) {
      client.greet()
      client.socket.drop(closeCodes.HUB_LIMIT)
      expect(client.status).toMatchObject({ state: "down", code: "DELIVERY_REFUSED" })
      client.clock.advance((client.status.retryAtMs as number) - client.clock.nowMs())
    }
    client.greet()
    client.socket.drop(closeCodes.HUB_LIMIT)
    expect((client.status.retryAtMs as number) - client.clock.nowMs()).toBeGreaterThanOrEqual(3200)
  })

  it.each([
    [1006, "DELIVERY_UNREACHABLE"],
    [1001, "DELIVERY_UNREACHABLE"],
    [closeCodes.HUB_CLOSING, "DELIVERY_UNREACHABLE"],
    [closeCodes.HUB_SILENT, "DELIVERY_SILENT"],
    [closeCodes.HUB_VERSION, "DELIVERY_REFUSED"],
    [closeCodes.HUB_MALFORMED, "DELIVERY_REFUSED"],
    [1009, "DELIVERY_REFUSED"],
  ])("HUB-19: reads close code %i as %s", (code, status) => {
    const client = new ClientUnderTest()
    client.greet()
    client.socket.drop(code)
    expect(client.status).toMatchObject({ state: "down", code: status })
  })

  it("closes for good: no timer is left, the socket is closed, nothing is opened again", async () => {
    const client = new ClientUnderTest()
    const socket = client.greet()
    const closed = client.service.close()
    await settle()
    expect(socket.closedWith?.code).toBe(1000)
    socket.drop(1000)
    await closed
    expect(client.status).toEqual({ state: "down", code: "DELIVERY_CLOSED" })
    expect(client.clock.timerCount).toBe(0)
    expect(client.sockets).toHaveLength(1)
  })

  it("closes while it waits to reconnect, and with a hub that does not answer", async () => {
    const waiting = new ClientUnderTest()
    waiting.socket.drop()
    await waiting.service.close()
    waiting.clock.advance(100_000)
    expect(waiting.sockets).toHaveLength(1)
    const mute = new ClientUnderTest()
    mute.greet()
    const closed = mute.service.close()
    await settle()
    mute.clock.advance(1000)
    await closed
    expect(mute.socket.terminated).toBe(true)
  })

  it("wants a ws or wss URL, and a WebSocket", () => {
    for (const url of ["", "hub", "http://hub", "ws://", "ws://hub/#part"])
      expect(() => hub(url, { webSocket: FakeSocket })).toThrow(
        expect.objectContaining({ code: "DELIVERY_BAD_ADDRESS" }),
      )
    const platform = globalThis as { WebSocket?: unknown }
    const before = platform.WebSocket
    delete platform.WebSocket
    try {
      expect(() => hub("ws://hub")).toThrow(expect.objectContaining({ code: "DELIVERY_NO_WEBSOCKET" }))
    } finally {
      if (before !== undefined) platform.WebSocket = before
    }
  })
})

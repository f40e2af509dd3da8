import { create } from "@bufbuild/protobuf"
import { be64, memoryStorage } from "@colloquy/core"
import { expect, it } from "vitest"
import { TextRecordSchema } from "../generated/store_pb.js"
import { key } from "../store/keys.js"
import { encodeRecord, Store } from "../store/store.js"
import type { Runtime } from "./runtime.js"
import { Scheduler } from "./scheduler.js"

it("a deadline that passes while others are being woken is met", async () => {
  const storage = await memoryStorage()()
  const value = encodeRecord(TextRecordSchema, create(TextRecordSchema, { text: "/talk/1/00" }))
  await storage.commit([{ key: key("wake", be64(1010), new Uint8Array(16)), value }])
  let looks = 0
  const timers: (() => void)[] = []
  const woken: string[] = []
  const clock = {
    // The first three looks are those of opening and of what is due; after them the deadline is past.
    nowMs: () => (++looks <= 3 ? 1000 : 1020),
    after: (_: number, callback: () => void) => {
      timers.push(callback)
      return () => void timers.splice(timers.indexOf(callback), 1)
    },
  }
  const instances = {
    get: (id: string) => {
      woken.push(id)
      return Promise.resolve(undefined)
    },
  }
  const scheduler = new Scheduler({
    store: new Store(storage),
    environment: { clock },
    instances,
  } as unknown as Runtime)
  scheduler.open()
  for (let turn = 0; turn < 4; turn++) {
    for (const fire of timers.splice(0)) fire()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(woken).toContain("/talk/1/00")
  scheduler.close()
  await storage.close()
})

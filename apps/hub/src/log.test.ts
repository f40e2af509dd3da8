import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { environment } from "../test/environment.js"
import { Log } from "./log.js"
import { Store } from "./store.js"

const publication = () => ({ id: environment.random(16), topic: "/test/1/a/raw", payload: Uint8Array.of(1) })

it("HUB-13: a cursor is void once its log was restored from an older copy, also when that has grown past it", () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-log-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [data, copy] = [join(folder, "data"), join(folder, "copy")]
  const before = Store.open(data)
  before.append([publication(), publication()], 1)
  before.close()
  cpSync(data, copy, { recursive: true })

  const original = Store.open(data)
  original.append([publication()], 2)
  const log = new Log(original)
  const cursors = [0, 1, 2, 3].map((sequence) => log.cursor(sequence))
  expect(cursors.map((cursor) => log.sequenceOf(cursor))).toEqual([0, 1, 2, 3])
  original.drop(3, 0)
  expect(cursors.map((cursor) => log.sequenceOf(cursor))).toEqual([0, 1, 2, 3])
  original.close()

  const restored = Store.open(copy)
  onTestFinished(() => restored.close())
  restored.append([publication(), publication()], 3)
  expect(cursors.map((cursor) => new Log(restored).sequenceOf(cursor))).toEqual([0, 1, 2, undefined])
})

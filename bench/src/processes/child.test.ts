import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { Child, told } from "./child.js"

const directory = mkdtempSync(join(tmpdir(), "colloquy-child-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function script(text: string): string {
  const file = join(directory, "some-process.js")
  writeFileSync(file, text)
  return pathToFileURL(file).href
}

describe("a process of the bench", () => {
  it("is waited for while it tells of its progress", async () => {
    await using child = new Child(
      script(`console.log('{"progress":"1 of 2"}\\n{"progress":"2 of 2"}\\n{"rate":7}'); setInterval(() => {}, 1000)`),
    )
    const told: string[] = []
    expect(await child.line((text) => told.push(text))).toEqual({ rate: 7 })
    expect(told).toEqual(["1 of 2", "2 of 2"])
  })

  it("that ends early is named, with how it ended", async () => {
    await using child = new Child(script("process.exitCode = 3"))
    await expect(child.line()).rejects.toThrow("some-process ended early: exit code 3")
  })

  it("that is killed is named, with the signal", async () => {
    await using child = new Child(script("process.kill(process.pid, 'SIGKILL')"))
    await expect(child.line()).rejects.toThrow("some-process ended early: SIGKILL")
  })

  it("is heard to the end when it only has one thing to say", async () => {
    const slow = script(`setTimeout(() => console.log('{"rate":7}'), 100)`)
    expect(await told(slow, () => undefined)).toEqual({ rate: 7 })
  })

  it("ends with whoever started it", async () => {
    const child = new Child(script(`console.log("{}"); setInterval(() => {}, 1000)`))
    await child.line()
    await child[Symbol.asyncDispose]()
    expect(() => process.kill(child.pid, 0)).toThrow()
  })
})

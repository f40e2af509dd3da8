import type { AnyConversationType } from "@colloquy/core"
import { conversationTypeConformance } from "@colloquy/testing"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { BulletinV1 } from "../src/index.js"
import { bulletinFixture } from "./bulletin-fixture.js"

const root = join(import.meta.dirname, "..", "..")
const guide = readFileSync(join(root, "docs", "write-a-conversation-type.md"), "utf8")
const scratch = mkdtempSync(join(tmpdir(), "colloquy-guide-"))
afterAll(() => rmSync(scratch, { recursive: true }))

interface Block {
  readonly language: string
  readonly code: string
  /** What stands right before it. */
  readonly before: string
}

const blocks: readonly Block[] = [...guide.matchAll(/([^\n]*)\n\n```(\w*)\n([\s\S]*?)```/g)].map(
  ([, before = "", language = "", code = ""]) => ({ language, code, before }),
)

describe("the guide for writers of types", () => {
  it("has fewer than 500 lines", () => expect(guide.split("\n").length).toBeLessThan(500))

  it("has no TypeScript but pieces of files that are compiled and tested, each below a link to its file", () => {
    const pieces = blocks.filter(({ language }) => language !== "sh")
    expect(pieces.length).toBeGreaterThan(12)
    for (const { code, before } of pieces) {
      const [, path = "", target] = /^\[`([^`]+)`\]\(([^)]+)\)$/.exec(before) ?? []
      expect(target, before).toBe(`../${path}`)
      expect(readFileSync(join(root, path), "utf8"), path).toContain(code)
    }
  })

  it("has no commands but such as run", { timeout: 60_000 }, () => {
    const commands = blocks.filter(({ language }) => language === "sh").flatMap(({ code }) => code.trim().split("\n"))
    expect(commands).toHaveLength(4)
    for (const command of commands) {
      const [npx, name, ...given] = command.split(" ")
      expect([npx, name]).toEqual(["npx", "colloquy"])
      const more = given[1] === "new" ? ["--dir", join(scratch, "herald-v1")] : []
      execFileSync(process.execPath, [join(root, "apps", "cli", "dist", "main.js"), ...given, ...more], { cwd: root })
    }
    expect(readdirSync(join(scratch, "herald-v1"))).toContain("herald-v1.md")
  })

  it("is right about what a false promise is answered with", async () => {
    const { declaration } = BulletinV1
    const guarantees = [
      ...(declaration.guarantees ?? []),
      { name: "sender-authentication" as const, scope: "only the author posts" },
    ]
    const liar: AnyConversationType = { ...BulletinV1, declaration: { ...declaration, guarantees } }
    const { cases } = conversationTypeConformance(liar, bulletinFixture)
    const failed: string[] = []
    for (const { title, run } of cases.filter((one) => one.title.startsWith("sender-authentication")))
      await run().catch((error: unknown) => failed.push(`${title} ${error instanceof Error ? error.message : ""}`))
    const [, quoted = "nothing"] = /^> (\S+: .*?)(…|$)/m.exec(guide) ?? []
    expect(failed.join("\n").replace(/payload \d+ \([^)]*\)/g, "a payload")).toContain(quoted)
  })

  it("has a program that runs", () => {
    const said = execFileSync(process.execPath, [join(root, "examples", "dist", "news.js")], { encoding: "utf8" })
    expect(said).toBe("the library opens at nine\n")
  })

  it("names files that are there", () => {
    for (const [, path = ""] of guide.matchAll(/`((?:examples|packages)\/[\w./-]+)`/g))
      expect(() => readdirSync(join(root, path, "..")), path).not.toThrow()
  })
})

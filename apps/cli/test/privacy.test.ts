import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { searchFiles } from "../src/demo/evidence.js"
import { assertBuilt, type Command } from "./support/cli.js"
import { type Person, World } from "./support/world.js"

const texts = ["The heron flies at dusk on Tuesday.", "Then bring the blue umbrella along."]
const names = ["Saro-Featherstone", "Raya-Quillington"]

describe("who takes the disks of a profile or of the hub reads nothing", () => {
  const world = new World()
  const wanted = { words: [...texts, ...names], keys: [] as string[] }
  const messages: string[] = []
  let saro: Person
  let raya: Person
  let listening: Command

  beforeAll(async () => {
    assertBuilt()
    await world.startHub()
    saro = world.person("one", "a passphrase nobody guesses")
    raya = world.person("two", "nor this one")
    wanted.keys.push((await saro.line("init", "--name", names[0] as string))["participant"] as string)
    wanted.keys.push((await raya.line("init", "--name", names[1] as string))["participant"] as string)
    const introduction = (await raya.line("introduce"))["introduction"] as string
    const begun = await saro.line("converse", introduction, "--text", texts[0] as string)
    const conversation = begun["conversation"] as string
    await raya.lines("requests")
    await raya.line("allow", conversation)
    const sent = await raya.line("send", conversation, texts[1] as string)
    wanted.words.push(saro.passphrase, raya.passphrase, introduction, introduction.slice(60, 120), conversation)
    wanted.keys.push(conversation.split("/")[3] as string)
    // The keys of a profile's records hold the ids of messages, which say something only to who knows them.
    messages.push(begun["message"] as string, sent["message"] as string)
    // Saro holds his profile open, so that its write-ahead log is searched too.
    listening = saro.start(["listen", "--json"])
    await listening.says(/umbrella/)
  })
  afterAll(() => world.close())

  test("while a profile and the hub are in use, with their logs", () => {
    const names = filesUnder(world.folder)
    for (const file of ["one/profile.db", "two/profile.db"]) expect(names).toContain(join(world.folder, file))
    expect(names.some((name) => name.startsWith(world.hubData))).toBe(true)
    expect(searchFiles([world.folder], wanted).found).toEqual([])
    expect(searchFiles([world.hubData], { words: [], keys: messages }).found).toEqual([])
  })

  test("after all were killed", async () => {
    await listening.kill("SIGKILL")
    await world.endHub("SIGKILL")
    expect(searchFiles([world.folder], wanted).found).toEqual([])
  })

  test("the files are for their owner alone", () => {
    for (const file of filesUnder(saro.profile)) expect(statSync(file).mode & 0o077, file).toBe(0)
    expect(statSync(saro.profile).mode & 0o077).toBe(0)
  })

  test("the search finds what is there: topics in the hub's files", () => {
    const topic = /\/colloquy\/1\/inbox-[0-9a-f]{2}\/proto/.exec(
      filesUnder(world.hubData)
        .map((file) => readFileSync(file, "latin1"))
        .join(""),
    )?.[0]
    expect(topic).toBeDefined()
    expect(searchFiles([world.folder], { words: [topic ?? ""], keys: [] }).found.length).toBeGreaterThan(0)
  })
})

test("a key is found as bytes, in hexadecimal, and in base64 at any place of a group", () => {
  const key = "8f".repeat(4) + "0123456789abcdef".repeat(3) + "fb".repeat(4)
  const raw = Buffer.from(key, "hex")
  const world = new World()
  try {
    const found = (content: Buffer | string): boolean => {
      const folder = world.write("file", content)
      return searchFiles([folder], { words: [], keys: [key] }).found.length > 0
    }
    expect(found("nothing")).toBe(false)
    expect(found(Buffer.concat([Buffer.from("before"), raw, Buffer.from("behind")]))).toBe(true)
    expect(found(`x${key}y`)).toBe(true)
    for (const shift of [0, 1, 2])
      for (const encoding of ["base64", "base64url"] as const)
        expect(found(Buffer.concat([Buffer.alloc(shift, 7), raw, Buffer.from("behind")]).toString(encoding))).toBe(true)
  } finally {
    void world.close()
  }
})

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesUnder(path) : [path]
  })
}

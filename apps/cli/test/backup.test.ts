import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { assertBuilt } from "./support/cli.js"
import { acquainted, type Person, World } from "./support/world.js"

const world = new World()
let saro: Person
let raya: Person
let conversation: string

beforeAll(async () => {
  assertBuilt()
  await world.startHub()
  ;({ saro, raya, conversation } = await acquainted(world))
})

afterAll(() => world.close())

test("a profile that was exported is imported elsewhere: the same identity, conversations and messages", async () => {
  const file = world.path("saro.backup")
  const { bytes } = await saro.line("export", file)
  expect(bytes).toBe(statSync(file).size)
  expect(statSync(file).mode & 0o777).toBe(0o600)

  const again = world.person("again", saro.passphrase)
  const { participant } = await saro.line("whoami")
  expect(await again.line("import", file)).toMatchObject({ participant, conversations: 1, messages: 2 })
  const texts = async (person: Person) =>
    (await person.lines("messages", conversation, "--offline")).map(({ content, direction }) => [direction, content])
  expect(await texts(again)).toEqual(await texts(saro))
  expect(await again.failure("import", file)).toMatchObject({ code: "PROFILE_EXISTS" })
})

test("a backup has a passphrase of its own where one is named, and opens with no other", async () => {
  const file = world.path("other.backup")
  const secret = world.path("secret")
  writeFileSync(secret, "the passphrase of the backup\n")
  await saro.line("export", file, "--backup-passphrase-file", secret)
  const again = world.person("another", saro.passphrase)
  expect(await again.failure("import", file)).toMatchObject({ exit: 3, code: "BACKUP_WRONG_PASSPHRASE" })
  expect(existsSync(world.path("another/profile.db"))).toBe(false)
  await again.line("import", file, "--backup-passphrase-file", secret)
  expect(readFileSync(file).includes("hello")).toBe(false)
})

test("a backup replaces no file, and what is none, cut or missing makes no profile", async () => {
  const file = world.path("saro.backup")
  const before = readFileSync(file)
  expect(await saro.failure("export", file)).toMatchObject({ exit: 1, code: "FILE_EXISTS" })
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(await saro.failure("export", world.path("nowhere/backup"))).toMatchObject({ code: "FILE_NOT_WRITABLE" })

  const nobody = world.person("nobody", raya.passphrase)
  const cut = world.path("cut.backup")
  writeFileSync(cut, before.subarray(0, before.length - 1))
  expect(await nobody.failure("import", world.path("nothing"))).toMatchObject({ code: "FILE_NOT_READABLE" })
  expect(await nobody.failure("import", world.path("saro/profile.db"))).toMatchObject({ code: "BACKUP_FORMAT" })
  const saros = world.person("nobody", saro.passphrase)
  expect(await saros.failure("import", cut)).toMatchObject({ code: "BACKUP_TRUNCATED" })
  expect(existsSync(world.path("nobody/profile.db"))).toBe(false)
  expect(await nobody.failure("export", world.path("x"))).toMatchObject({ exit: 5, code: "NO_PROFILE" })
})

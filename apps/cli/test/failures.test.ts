import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { assertBuilt, jsonLines, run } from "./support/cli.js"
import { type Person, World } from "./support/world.js"

describe("what goes wrong", () => {
  const world = new World()
  let raya: Person
  let introduction: string

  beforeAll(async () => {
    assertBuilt()
    await world.reservePort()
    raya = world.person("raya")
    await raya.make()
    introduction = (await raya.line("introduce"))["introduction"] as string
  })
  afterAll(() => world.close())

  test("is one line on standard error, and nothing on standard output", async () => {
    const { code, out, err } = await world.person("nobody").run("whoami")
    expect({ code, out }).toEqual({ code: 5, out: "" })
    expect(err).toMatch(/^colloquy: there is no profile in .*nobody: make one with `colloquy init` \(NO_PROFILE\)\n$/)
  })

  test("a command leaves no trace where there is no profile", async () => {
    const nobody = world.person("nobody")
    expect(await nobody.failure("conversations")).toMatchObject({ exit: 5, code: "NO_PROFILE" })
    expect(readdirSync(world.folder)).not.toContain("nobody")
  })

  test("a wrong passphrase ends with 3, a missing or empty one too", async () => {
    const wrong = world.person("raya", "another passphrase")
    expect(await wrong.failure("whoami")).toMatchObject({ exit: 3, code: "WRONG_PASSPHRASE" })
    expect(await world.person("raya", "").failure("whoami")).toMatchObject({ exit: 3, code: "PASSPHRASE_EMPTY" })
    const unset = raya.start(["whoami", "--json"], { env: { COLLOQUY_PASSPHRASE: undefined }, detached: true })
    const { code, err } = await unset.done
    expect({ code, error: jsonLines(err)[0]?.["error"] }).toMatchObject({
      code: 3,
      error: { code: "PASSPHRASE_MISSING" },
    })
  })

  test("the passphrase may stand in a file, of one line", async () => {
    const file = world.path("passphrase")
    const nobody = world.person("raya", "wrong")
    writeFileSync(file, `${raya.passphrase}\n`)
    expect((await nobody.line("whoami", "--passphrase-file", file))["profile"]).toBe(raya.profile)
    for (const content of ["two\nlines\n", Buffer.from([0xff, 0xfe]), "x".repeat(100_000)]) {
      writeFileSync(file, content)
      expect(await nobody.failure("whoami", "--passphrase-file", file)).toMatchObject({
        exit: 3,
        code: "PASSPHRASE_FILE",
      })
    }
    expect((await nobody.failure("whoami", "--passphrase-file", world.path("none")))["code"]).toBe("PASSPHRASE_FILE")
  })

  test("init changes no profile that is there, and leaves one file", async () => {
    const pax = world.person("pax")
    const made = await pax.line("init", "--name", "Pax")
    expect(readdirSync(pax.profile)).toEqual(["profile.db"])
    expect(await pax.failure("init")).toMatchObject({ exit: 1, code: "PROFILE_EXISTS" })
    expect((await pax.line("whoami"))["participant"]).toBe(made["participant"])
    expect(await world.person("long").failure("init", "--name", "x".repeat(65))).toMatchObject({
      exit: 2,
      code: "BAD_NAME",
    })
  })

  test("init that is killed leaves a whole profile or none", async () => {
    for (const [index, delayMs] of [150, 350, 500, 650].entries()) {
      const person = world.person(`killed-${index}`)
      const command = person.start(["init", "--json"])
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      await command.kill("SIGKILL")
      const whole = existsSync(`${person.profile}/profile.db`)
      expect((await person.run(whole ? "whoami" : "init")).code).toBe(0)
    }
  })

  test("a folder that can't be written gives STORE_NOT_WRITABLE", async () => {
    writeFileSync(world.path("file"), "")
    for (const name of ["file/profile", "file"])
      expect(await world.person(name).failure("init"), name).toMatchObject({ exit: 1, code: "STORE_NOT_WRITABLE" })
    // Under /proc no folder can be made, not even by root.
    if (process.platform === "linux")
      expect(await world.person("raya").failure("init", "--profile", "/proc/colloquy")).toMatchObject({
        exit: 1,
        code: "STORE_NOT_WRITABLE",
      })
    if (process.getuid?.() === 0) return
    mkdirSync(world.path("closed"))
    chmodSync(world.path("closed"), 0o500)
    expect((await world.person("closed/profile").failure("init"))["code"]).toBe("STORE_NOT_WRITABLE")
  })

  test("a file that is no profile gives STORE_DAMAGED and stays as it was", async () => {
    const damaged = world.person("damaged")
    mkdirSync(damaged.profile)
    writeFileSync(`${damaged.profile}/profile.db`, "this is no profile")
    expect(await damaged.failure("whoami")).toMatchObject({ exit: 1, code: "STORE_DAMAGED" })
  })

  test("an introduction that is none, cut short, altered, one's own or of another version is told apart", async () => {
    const altered = introduction.replace(/.$/, (last) => (last === "A" ? "E" : "A"))
    const middle = introduction.length >> 1
    const flipped = `${introduction.slice(0, middle)}${introduction[middle] === "A" ? "B" : "A"}${introduction.slice(middle + 1)}`
    for (const [given, code] of [
      ["hello", "INTRODUCTION_MALFORMED"],
      [introduction.slice(0, -40), "INTRODUCTION_TRUNCATED"],
      [introduction.replace("_1_", "_2_"), "INTRODUCTION_VERSION"],
      [flipped, "INTRODUCTION_FORGED"],
      [introduction, "INTRODUCTION_OWN"],
      ["", "INPUT_EMPTY"],
    ] as const)
      expect(await raya.failure("converse", given, "--offline"), code).toMatchObject({ exit: 1, code })
    expect((await raya.failure("converse", altered, "--offline"))["code"]).toMatch(/^INTRODUCTION_/)
  })

  test.each([
    [["nonsense"]],
    [["send", "x"]],
    [["send", "x", "y", "z"]],
    [["whoami", "--nonsense"]],
    [["listen", "--for", "soon"]],
    [["listen", "--count", "0"]],
    [["introduce", "--expires", "7"]],
    [["messages", "x", "--limit", "1001"]],
    [["hub", "--port", "65536"]],
    [[]],
  ])("%j is wrong usage, in both forms", async (args) => {
    const json = await run([...args, "--json"])
    expect({ code: json.code, out: json.out }).toEqual({ code: 2, out: "" })
    expect(jsonLines(json.err)).toEqual([{ error: { code: "USAGE", message: expect.any(String) as string } }])
    if (args.length === 0) return
    const { code, out, err } = await run(args)
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toMatch(/^colloquy: .+ \(USAGE\)\n$/)
  })

  test("an unusable delivery URL ends with 2", async () => {
    for (const url of ["nonsense", "http://127.0.0.1"])
      expect(await raya.failure("conversations", "--delivery", url), url).toMatchObject({
        exit: 2,
        code: "DELIVERY_BAD_ADDRESS",
      })
  })

  test("an expiry out of bounds ends with 2", async () => {
    expect(await raya.failure("introduce", "--expires", "91d")).toMatchObject({ exit: 2, code: "BAD_EXPIRY" })
  })

  test("text on standard input must be UTF-8, and not endless", async () => {
    for (const [input, code] of [
      [Buffer.from([0x68, 0xff]), "INPUT_NOT_UTF8"],
      ["x".repeat(2 * 1024 * 1024), "INPUT_TOO_LONG"],
      ["", "INPUT_EMPTY"],
    ] as const) {
      const { err } = await raya.start(["send", "x", "-", "--json"], { input }).done
      expect(jsonLines(err)[0]?.["error"]).toMatchObject({ code })
    }
  })

  test("a signal ends the wait for standard input", async () => {
    const command = raya.start(["send", "x", "-"], { open: true })
    // More than a pipe holds: when all of it is written, the command reads.
    await new Promise<void>((resolve) => command.process.stdin?.write("x".repeat(512 * 1024), () => resolve()))
    expect((await command.kill("SIGINT")).code).toBe(130)
  })

  test("a second hub on the same port or data says so", async () => {
    await world.startHub()
    const again = await run(["hub", "--port", new URL(world.url).port, "--data", world.path("other"), "--json"])
    expect({ code: again.code, error: jsonLines(again.err)[0]?.["error"] }).toMatchObject({
      code: 1,
      error: { code: "HUB_PORT_IN_USE" },
    })
    const shared = await run(["hub", "--port", "0", "--data", world.hubData, "--json"])
    expect({ code: shared.code, error: jsonLines(shared.err)[0]?.["error"] }).toMatchObject({
      code: 4,
      error: { code: "HUB_DATA_IN_USE" },
    })
    expect((await world.endHub("SIGTERM"))?.code).toBe(0)
  })

  test.runIf(existsSync("/dev/full"))("a full disk under the output is no success", async () => {
    const full = openSync("/dev/full", "w")
    for (const args of [["introduce", "--json"], ["whoami"]]) {
      const { code, err } = await raya.start([...args], { out: full }).done
      expect({ code, err }, args[0]).toEqual({ code: 1, err: expect.stringContaining("OUTPUT_FAILED") as string })
    }
    closeSync(full)
  })

  test("a reader that goes away ends a command without a word", async () => {
    for (const args of [["introduce", "--json"], ["help"], ["types"]]) {
      const command = raya.start(args)
      command.process.stdout?.destroy()
      const { code, err } = await command.done
      expect({ code, err }, args[0]).toEqual({ code: 0, err: "" })
    }
  })
})

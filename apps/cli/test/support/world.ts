import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, passphrase } from "colloquy"
import { sqlite } from "colloquy/node"
import { expect } from "vitest"
import { Command, type Finished, jsonLines, run, type RunOptions } from "./cli.js"

/** A folder, a hub that can be killed and started again at the same address, and people with profiles. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "colloquy-cli-"))
  readonly hubData = join(this.folder, "hub")
  #port = 0
  #hub: Command | undefined

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** Writes a file into a folder of its own, and returns the folder. */
  write(name: string, content: string | Uint8Array): string {
    const folder = mkdtempSync(join(this.folder, "folder-"))
    writeFileSync(join(folder, name), content)
    return folder
  }

  /** Resolves when the hub listens; does nothing while it runs. */
  async startHub(): Promise<void> {
    if (this.#hub !== undefined) return
    if (this.#port === 0) this.#port = await freePort()
    this.#hub = new Command(["hub", "--json", "--port", String(this.#port), "--data", this.hubData])
    await this.#hub.says(/"url"/)
  }

  /** An address without a hub. */
  async reservePort(): Promise<void> {
    this.#port = await freePort()
  }

  async endHub(signal: NodeJS.Signals): Promise<Finished | undefined> {
    const ended = await this.#hub?.kill(signal)
    this.#hub = undefined
    return ended
  }

  person(name: string, passphrase = `the passphrase of ${name}`): Person {
    return new Person(this, name, passphrase)
  }

  async close(): Promise<void> {
    await this.endHub("SIGKILL")
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

export class Person {
  readonly #world: World
  readonly profile: string
  readonly passphrase: string

  constructor(world: World, name: string, passphrase: string) {
    this.#world = world
    this.profile = world.path(name)
    this.passphrase = passphrase
  }

  /** Makes the profile as `init` does, but with a passphrase that costs little: each command pays for it. Resolves with the identity. */
  async make(): Promise<string> {
    const client = await Client.open({
      storage: sqlite(join(this.profile, "profile.db")),
      unlock: passphrase(this.passphrase, { operations: 1, memoryBytes: 8 * 1024 * 1024 }),
      account: "create",
    })
    await client.close()
    return client.participant
  }

  start(args: readonly string[], options: RunOptions = {}): Command {
    return new Command(args, { ...options, env: { ...this.#environment(), ...options.env } })
  }

  run(...args: readonly string[]): Promise<Finished> {
    return run(args, { env: this.#environment() })
  }

  /** Runs a command that must succeed, and reads the lines that it printed. */
  async lines(...args: readonly string[]): Promise<Record<string, unknown>[]> {
    const { code, out, err } = await this.run(...args, "--json")
    expect({ code, err: code === 0 ? "" : err }, args.join(" ")).toEqual({ code: 0, err: "" })
    return jsonLines(out)
  }

  /** The same for a command that prints one line. */
  async line(...args: readonly string[]): Promise<Record<string, string>> {
    const lines = await this.lines(...args)
    expect(lines, args.join(" ")).toHaveLength(1)
    return lines[0] as Record<string, string>
  }

  /** Runs a command that must fail, and reads how. */
  async failure(...args: readonly string[]): Promise<{ exit: number | null; code: string; message: string }> {
    const { code: exit, out, err } = await this.run(...args, "--json")
    expect(out, args.join(" ")).toBe("")
    const { error } = jsonLines(err).at(-1) as { error: { code: string; message: string } }
    return { exit, ...error }
  }

  #environment(): Record<string, string> {
    return {
      COLLOQUY_PROFILE: this.profile,
      COLLOQUY_DELIVERY: this.#world.url,
      COLLOQUY_PASSPHRASE: this.passphrase,
    }
  }
}

/** Saro and Raya in an allowed conversation that both have used. */
export async function acquainted(
  world: World,
): Promise<{ readonly saro: Person; readonly raya: Person; readonly conversation: string }> {
  const saro = world.person("saro")
  const raya = world.person("raya")
  await Promise.all([saro.make(), raya.make()])
  const introduction = (await raya.line("introduce"))["introduction"] as string
  const conversation = (await saro.line("converse", introduction, "--text", "hello"))["conversation"] as string
  await raya.lines("requests")
  await raya.line("allow", conversation)
  await raya.line("send", conversation, "hello Saro")
  await saro.lines("conversations")
  return { saro, raya, conversation }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })
}

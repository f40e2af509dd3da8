import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { assertBuilt, type Command, type Finished, jsonLines } from "./support/cli.js"
import { seededRandom } from "./support/seeded-random.js"
import { type Person, World } from "./support/world.js"

const seed = Number(process.env["COLLOQUY_SEED"] ?? Date.now() % 1_000_000)
const rounds = Number(process.env["COLLOQUY_ROUNDS"] ?? 25)
const timeoutMs = 120_000 + rounds * 20_000

/** A message that a command reported, as `queued` or `published`. Others than Saro and Raya write to Raya alone. */
interface Reported {
  readonly id: string
  readonly text: string
  readonly from: string
}

interface Stored {
  readonly id: string
  readonly text: string
  readonly state: string
  readonly direction: string
}

/**
 * Two profiles converse through the command line over a hub. In each round one of the two writes while the other reads, or a stranger begins
 * a conversation, and one of them, or the hub, is killed at a random moment. `COLLOQUY_SEED` and `COLLOQUY_ROUNDS` repeat or prolong it; what the operating system does with the time
 * is not in the seed.
 */
describe(`killed at random moments (COLLOQUY_SEED=${seed} COLLOQUY_ROUNDS=${rounds})`, () => {
  const world = new World()
  const random = seededRandom(seed)
  const strangers: Person[] = []
  const reported: Reported[] = []
  const attempted = new Set<string>()
  const heard = { saro: new Map<string, string>(), raya: new Map<string, string>() }
  const killed = { saro: 0, raya: 0, stranger: 0, hub: 0 }
  const people = {} as { saro: Person; raya: Person }
  let conversation = ""
  /** How long the latest commands lived: kills are spread over that. */
  let lifeMs = 800

  beforeAll(async () => {
    assertBuilt()
    process.stdout.write(`kill test: COLLOQUY_SEED=${seed} COLLOQUY_ROUNDS=${rounds}\n`)
    await world.startHub()
    for (const name of ["saro", "raya"] as const) {
      people[name] = world.person(name)
      await people[name].make()
    }
    const introduction = (await people.raya.line("introduce"))["introduction"] as string
    const begun = await people.saro.line("converse", introduction, "--text", "hello")
    conversation = begun["conversation"] as string
    attempted.add("hello")
    reported.push({ id: begun["message"] as string, text: "hello", from: "saro" })
    await people.raya.lines("requests")
    await people.raya.line("allow", conversation)
  })
  afterAll(() => world.close())

  test(
    "no message reported queued or published is lost, and none appears twice",
    async () => {
      for (let round = 0; round < rounds; round++) await playRound(round)
      await settle()
      await check()
      process.stdout.write(`kill test: ${JSON.stringify({ ...killed, reported: reported.length })}\n`)
    },
    timeoutMs,
  )

  async function playRound(round: number): Promise<void> {
    // Now and then somebody new, whose invitation can be lost too.
    if (random.chance(0.15)) return beginKilled(round)
    const [writer, reader] = random.chance(0.5) ? (["saro", "raya"] as const) : (["raya", "saro"] as const)
    const victim = random.pick(["writer", "writer", "reader", "hub"] as const)
    // Sometimes more than one message waits, so that a kill falls between them.
    if (random.chance(0.2)) for (const part of [1, 2]) await queue(writer, `waiting ${part}, round ${round} of ${seed}`)
    const text = `round ${round} of ${seed}`
    attempted.add(text)
    const startedAtMs = performance.now()
    const writing = people[writer].start(["send", conversation, text, "--json"])
    const reading = people[reader].start(["listen", "--json", "--for", `${1 + random.below(400)}ms`])
    const delayMs = lifeMs * (0.15 + random.next())
    await Promise.race([sleep(delayMs), Promise.all([writing.done, reading.done])])
    if (victim === "hub") {
      killed.hub += 1
      await world.endHub("SIGKILL")
      if (random.chance(0.5)) await world.startHub()
    } else {
      const command = victim === "writer" ? writing : reading
      if (command.process.exitCode === null) killed[victim === "writer" ? writer : reader] += 1
      await command.kill("SIGKILL")
    }
    const [written] = await Promise.all([finished(writing), finished(reading)])
    if (victim !== "hub") lifeMs = 0.7 * lifeMs + 0.3 * Math.min(3000, performance.now() - startedAtMs)
    const [line] = complete(written)
    if (line !== undefined) {
      expect(["queued", "published"]).toContain(line["state"])
      reported.push({ id: line["message"] as string, text, from: writer })
    }
    hear(reader, await reading.done)
    await world.startHub()
  }

  async function queue(from: "saro" | "raya", text: string): Promise<void> {
    attempted.add(text)
    const sent = await people[from].line("send", conversation, text, "--offline")
    expect(sent["state"]).toBe("queued")
    reported.push({ id: sent["message"] as string, text, from })
  }

  /** Raya's introduction, or what a stranger does with it, is cut off. */
  async function beginKilled(round: number): Promise<void> {
    const introducing = people.raya.start(["introduce", "--json"])
    await Promise.race([sleep(lifeMs * (0.5 + random.next())), introducing.done])
    if (introducing.process.exitCode === null) killed.raya += 1
    const [made] = complete(await introducing.kill("SIGKILL"))
    if (made === undefined) return
    const name = `stranger ${round}`
    const text = `begun in round ${round} of ${seed}`
    attempted.add(text)
    const stranger = world.person(name)
    strangers.push(stranger)
    await stranger.make()
    const beginning = stranger.start(["converse", made["introduction"] as string, "--text", text, "--json"])
    await Promise.race([sleep(lifeMs * (0.5 + random.next())), beginning.done])
    if (beginning.process.exitCode === null) killed.stranger += 1
    const [begun] = complete(await beginning.kill("SIGKILL"))
    if (begun !== undefined) reported.push({ id: begun["message"] as string, text, from: name })
  }

  /** With the hub there and nobody killed, everything arrives. */
  async function settle(): Promise<void> {
    for (const stranger of strangers) await stranger.lines("conversations")
    for (const name of ["saro", "raya", "saro"] as const) {
      const { code, out, err } = await people[name].run("listen", "--for", "500ms", "--json")
      expect({ code, err }).toEqual({ code: 0, err: "" })
      hear(name, { code, out, err, signal: null })
    }
  }

  async function check(): Promise<void> {
    const atSaro = await everything(people.saro)
    const atRaya = await everything(people.raya)
    const atStrangers = (await Promise.all(strangers.map(everything))).flat()
    for (const [name, stored] of Object.entries({ atSaro, atRaya, atStrangers })) {
      const texts = stored.map(({ text }) => text)
      expect(
        texts.filter((text, index) => texts.indexOf(text) !== index),
        `twice ${name}`,
      ).toEqual([])
      expect(
        texts.filter((text) => !attempted.has(text)),
        `written by nobody, ${name}`,
      ).toEqual([])
      const unpublished = stored.filter(({ state }) => !["published", "acknowledged", "received"].includes(state))
      expect(unpublished, `still queued ${name}`).toEqual([])
    }
    const raya = new Set(atRaya.map(nameOf))
    const others = new Set([...atSaro, ...atStrangers].map(nameOf))
    for (const message of reported) {
      expect(raya.has(nameOf(message)), `Raya lost ${message.from}'s "${message.text}"`).toBe(true)
      expect(others.has(nameOf(message)), `the others lost ${message.from}'s "${message.text}"`).toBe(true)
    }
    // What was not reported and yet stored came over as well: both sides have the same.
    expect([...raya].sort()).toEqual([...others].sort())
    for (const [name, stored] of [
      ["saro", atSaro],
      ["raya", atRaya],
    ] as const)
      for (const { id, direction } of stored)
        if (direction === "in") expect(heard[name].has(id), `listen told ${name} of ${id}`).toBe(true)
  }

  /** A message is told of under one cursor; after a kill the same line may come again. */
  function hear(name: "saro" | "raya", finished: Finished): void {
    for (const { cursor, type, id } of complete(finished)) {
      if (type !== "message") continue
      const before = heard[name].get(id as string)
      expect(before ?? cursor, `${name} was told twice of ${String(id)}`).toBe(cursor)
      heard[name].set(id as string, cursor as string)
    }
  }

  async function everything(person: Person): Promise<Stored[]> {
    const stored: Stored[] = []
    for (const { id } of await person.lines("conversations"))
      for (let before: string[] = []; ;) {
        const page = await person.lines("messages", id as string, "--limit", "1000", "--offline", ...before)
        for (const { content, ...line } of page)
          stored.push({ ...line, text: (content as { text: string }).text } as unknown as Stored)
        if (page.length < 1000) break
        before = ["--before", page[0]?.["id"] as string]
      }
    return stored
  }
})

function nameOf({ id, text }: { readonly id: string; readonly text: string }): string {
  return `${id} ${text}`
}

/** Whoever was not killed must have ended well. */
async function finished(command: Command): Promise<Finished> {
  const result = await command.done
  if (result.signal === null) expect({ code: result.code, err: errorsIn(result.err) }).toEqual({ code: 0, err: [] })
  return result
}

function errorsIn(err: string): unknown[] {
  return jsonLines(err).filter(({ notice }) => notice === undefined)
}

/** The lines that were printed whole. */
function complete({ out }: Finished): Record<string, unknown>[] {
  return jsonLines(out.slice(0, out.lastIndexOf("\n") + 1))
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

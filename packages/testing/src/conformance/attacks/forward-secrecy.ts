import type { Loot } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { piecesOf, stealFor } from "./loot.js"
import type { RuleBook } from "./rules.js"
import { includes } from "./bytes-inside.js"
import { arrivalOf, heardIn, nameOf, type Said, Scene } from "./scene.js"
import { keyInside, sealingsWith } from "./sealings.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export const forwardSecrecyAttacks: readonly Check[] = [
  {
    id: "forward-secrecy.stolen-state",
    proves: "forward-secrecy",
    title:
      "who steals everything after a delivery, from everybody at once, computes nothing of what was delivered before",
    run: (context) => steal(context, "closure"),
  },
  {
    id: "forward-secrecy.stolen-machines",
    proves: "forward-secrecy",
    title: "stolen machines open no earlier payload, and nothing in the loot is the key of one",
    run: (context) => steal(context, "machines"),
  },
]

/** A moment at which everybody is robbed. */
interface Theft {
  readonly when: string
  readonly loots: ReadonlyMap<string, Loot>
  /** How much had been said, and delivered, by then. */
  readonly said: number
  /** How many payloads had been published. */
  readonly recorded: number
}

async function steal(context: CheckContext, how: "closure" | "machines"): Promise<CheckResult> {
  const scene = await Scene.open(context)
  const thefts: Theft[] = []
  const senders: SenderTheft[] = []
  const rob = (when: string): void => {
    const loots = new Map(scene.people.map((person) => [person.name, person.steal()]))
    thefts.push({ when, loots, said: scene.said.length, recorded: scene.laboratory.wire.length })
  }
  for (let round = 0; round < 3; round++)
    for (const person of scene.people) {
      const said = await scene.say(person)
      senders.push({ said, loot: person.steal(), name: person.name })
      await scene.laboratory.settle()
      rob(`right after message ${scene.said.length}`)
    }
  for (const [ms, name] of [
    [minuteMs, "a minute"],
    [dayMs, "a day"],
  ] as const) {
    await scene.rest(ms)
    rob(`${name} later`)
  }
  await scene.converse(1)
  const book = scene.rules()
  if (scene.said.some(({ payloads }) => payloads.length === 0)) return notApplicable("what is said publishes nothing")
  if (!scene.isTraced(book)) return untraced
  return how === "closure" ? compute(scene, book, thefts, senders) : run(scene, book, thefts)
}

/** A sender who is robbed while his message is under way: nothing that every type promises, so it is reported as a fact. */
interface SenderTheft {
  readonly said: Said
  readonly name: string
  readonly loot: Loot
}

function compute(scene: Scene, book: RuleBook, thefts: readonly Theft[], senders: readonly SenderTheft[]): CheckResult {
  let tries = 0
  let kept = 0
  for (const { when, loots, said, recorded } of thefts) {
    const thief = scene.observer(book, { hidesMarkers: true, recorded })
    for (const [name, loot] of loots) stealFor(thief, name, loot)
    thief.close()
    for (const one of scene.said.slice(0, said)) {
      tries++
      kept += keepsText(loots, one) ? 1 : 0
      if (thief.knows(one.marker))
        return broken(finding(one, when, thief.explain(one.marker)), { readable: readable(scene, thief, said) })
    }
  }
  const open = senders.filter(({ said, name, loot }) => {
    const thief = scene.observer(book, { hidesMarkers: true })
    stealFor(thief, name, loot)
    return thief.close().knows(said.marker)
  })
  return held(tries, {
    "thefts": thefts.length,
    "messages that were still stored as text": kept,
    "messages under way that their sender's state opens": open.length,
  })
}

/** How many of the earlier messages are open to the thief. */
function readable(scene: Scene, thief: { knows(bytes: Uint8Array): boolean }, said: number): string {
  const open = scene.said.slice(0, said).flatMap(({ marker }, i) => (thief.knows(marker) ? [i + 1] : []))
  return `${open.length} of ${said}: ${open.join(", ")}`
}

async function run(scene: Scene, book: RuleBook, thefts: readonly Theft[]): Promise<CheckResult> {
  const { crypto } = scene.context
  let tries = 0
  for (const { when, loots, said, recorded } of thefts) {
    const earlier = scene.said.slice(0, said)
    for (const [name, loot] of loots) {
      const thief = scene.fork().laboratory.thief(name, loot)
      const since = thief.reactions.length
      for (const payload of scene.laboratory.wire.slice(0, recorded)) {
        tries++
        await thief.receive(arrivalOf(payload))
      }
      for (const one of earlier)
        if (heardIn(thief, one.marker, { since }).length > 0)
          return broken(finding(one, when, `the machines of ${name} open it again`))
    }
  }
  const last = thefts.at(-1) as Theft
  const sealings = scene.said
    .slice(0, last.said)
    .flatMap(({ marker, payloads }) => payloads.flatMap((payload) => sealingsWith(book, payload, marker)))
  for (const [name, loot] of last.loots) {
    const { where, sealing, tries: more } = keyInside(crypto, piecesOf(loot), sealings, book)
    tries += more
    const one = scene.said.find(({ marker }) => sealing !== undefined && sealingHas(book, sealing.plaintext, marker))
    if (where !== undefined && one !== undefined)
      return broken(finding(one, last.when, `its key lies in the state of ${name}: ${where}`))
  }
  return held(tries)
}

function finding({ payloads }: Said, when: string, why: string): string {
  return `${payloads.map(nameOf).join(", ")} stays readable to who steals the state ${when}: ${why}`
}

function keepsText(loots: ReadonlyMap<string, Loot>, { marker }: Said): boolean {
  return [...loots.values()].some((loot) => [...piecesOf(loot).values()].some((bytes) => includes(bytes, marker)))
}

function sealingHas(book: RuleBook, plaintext: number, marker: Uint8Array): boolean {
  return includes(book.strings.bytes(plaintext), marker)
}

import { utf8 } from "@colloquy/core"
import type { Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { stealFor } from "./loot.js"
import type { RuleBook } from "./rules.js"
import { arrivalOf, nameOf, type Said, Scene } from "./scene.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const rounds = 8

export const forwardSecrecyLossAttacks: readonly Check[] = [
  {
    id: "forward-secrecy.after-losses",
    proves: "forward-secrecy",
    title: "what was kept for payloads that never came is gone after the declared time",
    run: afterLosses,
  },
  {
    id: "forward-secrecy.after-weather",
    proves: "forward-secrecy",
    title:
      "after payloads in any order, twice, late and lost, and the declared time, nothing that was said can be computed",
    run: afterWeather,
  },
]

async function afterLosses(context: CheckContext): Promise<CheckResult> {
  const { fixture } = context
  const scene = await Scene.open(context)
  await scene.converse(1)
  const [saro] = scene.people as [Subject, ...Subject[]]
  const lost: Said[] = []
  const lostPayloads: WirePayload[] = []
  for (let i = 0; i < 3; i++) {
    lost.push(await scene.say(saro))
    lostPayloads.push(...scene.laboratory.hold())
  }
  await scene.say(saro)
  await scene.laboratory.settle()
  const afterMs = fixture.lostKeysKeptMs
  const { book, open: atOnce } = openTo(scene, lost)
  if (!scene.isTraced(book)) return untraced
  const facts = { "lost payloads": lostPayloads.length, "readable with the stolen state at once": atOnce.length }
  if (afterMs === undefined) {
    if (atOnce.length === 0) return held(lost.length, facts)
    return notApplicable(
      `keys of payloads that were lost are kept, and the fixture does not say for how long (${atOnce.length} of ${lost.length})`,
    )
  }
  await age(scene, afterMs)
  const { open: later, why } = openTo(scene, lost)
  if (later.length > 0) return broken(stays(later, afterMs, why), facts)
  return held(2 * lost.length, { ...facts, "days until they are not": Math.round(afterMs / dayMs) })
}

/** Nothing is lost where the type does not say how long it keeps keys for that. */
async function afterWeather(context: CheckContext): Promise<CheckResult> {
  const { fixture } = context
  const keptMs = fixture.lostKeysKeptMs
  const scene = await Scene.open(context, { salt: "weather" })
  const { laboratory } = scene
  await scene.converse(1)
  await scene.rest(3 * minuteMs)
  let lost = 0
  let waiting: WirePayload[] = []
  for (let round = 0; round < rounds; round++) {
    for (const person of scene.people) await scene.say(person)
    if (round === rounds / 2) await scene.command()
    const dice = diceOf(context, round)
    const left: WirePayload[] = []
    for (const payload of shuffled([...waiting, ...laboratory.hold()], dice)) {
      const thrown = dice()
      if (thrown < 60) left.push(payload)
      else if (thrown < 90 && keptMs !== undefined) lost++
      else for (let copies = thrown < 110 ? 2 : 1; copies > 0; copies--) await hand(scene, payload)
    }
    waiting = left
    await laboratory.pass(20_000)
  }
  for (const payload of waiting) await hand(scene, payload)
  await laboratory.settle()
  await scene.converse(2)
  const traced = scene.rules()
  if (!scene.isTraced(traced)) return untraced
  await age(scene, keptMs ?? dayMs)
  const { open, why } = openTo(scene, scene.said)
  const facts = { "messages": scene.said.length, "payloads lost": lost }
  return open.length > 0 ? broken(stays(open, keptMs ?? dayMs, why), facts) : held(scene.said.length, facts)
}

/** How what was said was sealed is on record; what follows need not be. */
async function age(scene: Scene, ms: number): Promise<void> {
  scene.laboratory.recording = false
  await scene.rest(ms + dayMs, 2 * Math.ceil(ms / dayMs))
}

async function hand({ people }: Scene, payload: WirePayload): Promise<void> {
  for (const person of people) if (person.participant !== payload.by) await person.receive(arrivalOf(payload))
}

/** Which of the messages everybody's state opens now. */
function openTo(
  scene: Scene,
  said: readonly Said[],
): { readonly book: RuleBook; readonly open: readonly Said[]; readonly why: string } {
  const book = scene.rules()
  const thief = scene.observer(book, { hidesMarkers: true })
  for (const person of scene.people) stealFor(thief, person.name, person.steal())
  thief.close()
  const open = said.filter(({ marker }) => thief.knows(marker))
  return { book, open, why: open.map(({ marker }) => thief.explain(marker))[0] ?? "" }
}

function stays(open: readonly Said[], ms: number, why: string): string {
  const [first] = open.flatMap(({ payloads }) => payloads)
  const named = first === undefined ? "" : `, among them ${nameOf(first)},`
  return `${open.length} messages${named} stay readable ${Math.round(ms / dayMs)} days later to who steals the state: ${why}`
}

/** Numbers below 256, the same for the same seed. */
function diceOf({ crypto, seed }: CheckContext, round: number): () => number {
  let drawn = new Uint8Array(0)
  let thrown = 0
  return () => {
    const at = thrown++ % 64
    if (at === 0) drawn = Uint8Array.from(crypto.hash(utf8(`weather ${seed} ${round} ${thrown}`), 64))
    return drawn[at] as number
  }
}

function shuffled<T>(items: readonly T[], dice: () => number): readonly T[] {
  return items
    .map((item) => ({ item, rank: dice() * 256 + dice() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

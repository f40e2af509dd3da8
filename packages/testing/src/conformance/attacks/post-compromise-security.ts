import type { Loot, Subject } from "../../laboratory/laboratory.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { stealFor } from "./loot.js"
import { arrivalOf, heardIn, nameOf, type Said, Scene, trying } from "./scene.js"
import { broken, held, notApplicable, untraced } from "./verdict.js"

/** Round trips that are watched after the theft. */
const watched = 5
const healingDefault = 2

export const postCompromiseAttacks: readonly Check[] = [
  {
    id: "post-compromise-security.passive-thief",
    proves: "post-compromise-security",
    title: "a thief of one side's state who then only listens reads nothing any more after so many round trips",
    run: listen,
  },
  {
    id: "post-compromise-security.stolen-machines",
    proves: "post-compromise-security",
    title: "stolen machines that overhear everything fall behind",
    run: follow,
  },
  {
    id: "post-compromise-security.thief-writes",
    proves: "post-compromise-security",
    title: "a thief who kept silent until so many round trips had passed is not heard as the one whom he robbed",
    run: write,
  },
]

interface Theft {
  readonly from: Subject
  readonly loot: Loot
  /** What was said after it, in order. */
  readonly rounds: readonly (readonly Said[])[]
}

/** Each person is robbed once, at a moment when he has just spoken, and once when he has just heard. */
async function thefts(context: CheckContext): Promise<{ readonly scene: Scene; readonly thefts: readonly Theft[] }[]> {
  const worlds = []
  for (const victim of [0, 1]) {
    const scene = await Scene.open(context, { salt: `theft ${victim}` })
    const from = scene.people[victim]
    if (from === undefined) continue
    await scene.converse(2)
    const found: { from: Subject; loot: Loot; rounds: Said[][] }[] = [{ from, loot: from.steal(), rounds: [] }]
    await scene.say(from)
    await scene.laboratory.settle()
    found.push({ from, loot: from.steal(), rounds: [] })
    for (let round = 0; round < watched; round++) {
      const before = scene.said.length
      await scene.converse(1)
      for (const theft of found) theft.rounds.push(scene.said.slice(before))
    }
    worlds.push({ scene, thefts: found })
  }
  return worlds
}

async function listen(context: CheckContext): Promise<CheckResult> {
  const healingMax = context.fixture.healingRoundTripsMax ?? healingDefault
  let tries = 0
  let healed = 0
  for (const { scene, thefts: found } of await thefts(context)) {
    const book = scene.rules()
    if (!scene.isTraced(book)) return untraced
    if (scene.said.some(({ payloads }) => payloads.length === 0)) return notApplicable("what is said publishes nothing")
    for (const { from, loot, rounds } of found) {
      const thief = scene.observer(book, { hidesMarkers: true })
      stealFor(thief, from.name, loot)
      thief.close()
      for (const [round, said] of rounds.entries())
        for (const { marker, payloads } of said) {
          tries++
          if (!thief.knows(marker)) continue
          healed = Math.max(healed, round + 1)
          if (round >= healingMax)
            return broken(
              `${payloads.map(nameOf).join(", ")}, ${round} round trips after the theft from ${from.name}, is open to the thief: ${thief.explain(marker)}`,
              { "round trips allowed": healingMax },
            )
        }
    }
  }
  return tries === 0
    ? notApplicable("nobody said anything")
    : held(tries, {
        "round trips until the thief reads nothing": healed,
        "round trips allowed": healingMax,
        "round trips watched": watched,
      })
}

/** With the machines as he stole them, and with the same after they overheard everything since. */
async function write(context: CheckContext): Promise<CheckResult> {
  let tries = 0
  for (const { scene, thefts: found } of await thefts(context))
    for (const { from, loot } of found)
      for (const overhears of [false, true]) {
        const world = scene.fork()
        const thief = world.laboratory.thief(from.name, loot)
        if (overhears) for (const payload of scene.laboratory.wire) await thief.receive(arrivalOf(payload))
        const before = world.laboratory.wire.length
        // More than his victim said since: numbers that are used up would be refused as such.
        const markers = Array.from({ length: 2 * watched }, () => world.marker())
        for (const marker of markers) await trying(() => world.speak(thief, marker))
        for (const payload of world.laboratory.wire.slice(before))
          for (const hearer of world.othersThan(world.twin(from))) {
            tries++
            await hearer.receive(arrivalOf(payload))
            for (const { id, type } of hearer.instances())
              if (type === context.type.id) await hearer.step(id, { kind: "receive", ...arrivalOf(payload) })
            if (markers.some((marker) => heardIn(hearer, marker).length > 0))
              return broken(
                `${hearer.name} takes ${nameOf(payload)} for ${from.name}'s, ${watched} round trips after the theft: a thief with his old machines made it`,
              )
          }
      }
  return tries === 0
    ? notApplicable("the thief's machines publish nothing")
    : held(tries, { "round trips before he writes": watched })
}

async function follow(context: CheckContext): Promise<CheckResult> {
  const healingMax = context.fixture.healingRoundTripsMax ?? healingDefault
  let tries = 0
  for (const { scene, thefts: found } of await thefts(context))
    for (const { from, loot, rounds } of found) {
      const thief = scene.fork().laboratory.thief(from.name, loot)
      for (const payload of scene.laboratory.wire) {
        tries++
        await thief.receive(arrivalOf(payload))
      }
      for (const [round, said] of rounds.entries())
        for (const { marker, payloads } of said)
          if (round >= healingMax && heardIn(thief, marker).length > 0)
            return broken(
              `${payloads.map(nameOf).join(", ")}, ${round} round trips after the theft, is opened by the machines stolen from ${from.name}`,
            )
    }
  return tries === 0 ? notApplicable("nobody said anything") : held(tries)
}

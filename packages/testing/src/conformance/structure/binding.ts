import type { Route, Topic } from "@colloquy/core"
import type { InstanceView, Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Check, CheckContext } from "../check.js"
import { open } from "../establish.js"
import { movedToVersion } from "./binding-version.js"
import type { Established } from "../fixture.js"
import { Moving, routesMax } from "./moving.js"
import { expecting, faultOf, utter, speakersOf } from "./rehearsal.js"
import { isSame } from "./same.js"

/** CT-16: a payload counts where it was meant to arrive, and nowhere else. */
export const bindingChecks: readonly Check[] = [
  binding(
    "CT-16.conversation",
    "a payload moved to another conversation is refused",
    async (context, established, moved) => {
      if (context.type.conversation !== undefined) await open(context, established)
      // People who have nothing to do with it, in a conversation of their own.
      const elsewhere = await context.establish({ record: false, salt: "elsewhere" })
      for (const world of [established, elsewhere])
        for (const person of world.people) {
          // Somewhere to listen, for what listens only once it was introduced.
          await person.introduce()
          for (const instance of ownInstances(context, person)) {
            const meant = world === established ? expecting(person, moved.arrival) : []
            if (!meant.some(({ id }) => id === instance.id)) await moved.to(person, instance, [moved.arrival])
          }
        }
    },
  ),
  binding(
    "CT-16.topic",
    "a payload moved to another topic, or under another hint, is refused",
    async (context, { people, laboratory }, moved) => {
      const topics = new Set<Topic>(laboratory.subjects.map(({ inboxTopic }) => inboxTopic))
      for (const person of people)
        for (const { listening } of person.instances()) for (const { topic } of listening) topics.add(topic)
      topics.delete(moved.arrival.topic)
      for (const person of moved.recipients)
        for (const { id, listening } of expecting(person, moved.arrival).filter(
          ({ type }) => type === context.type.id,
        )) {
          for (const topic of topics) await moved.at(person, id, { ...moved.arrival, topic })
          // And to the other places where the same conversation listens.
          const elsewhere = listening.filter((route) => !isSame(route, routeOf(moved.arrival)))
          for (const route of elsewhere.slice(0, routesMax)) await moved.at(person, id, route)
        }
    },
  ),
  binding("CT-16.direction", "a payload reflected to whoever sent it is refused", async (context, _, moved) => {
    for (const instance of ownInstances(context, moved.by)) await moved.to(moved.by, instance, [moved.arrival])
  }),
  binding(
    "CT-16.type",
    "a payload moved to another type, or from another type, is refused",
    async (context, established, moved) => {
      for (const person of established.people)
        for (const instance of person.instances())
          if (instance.type !== context.type.id) await moved.to(person, instance, [moved.arrival])
      for (const foreign of established.laboratory.wire)
        if (foreign.type !== context.type.id)
          for (const person of established.people)
            for (const instance of ownInstances(context, person))
              await moved.to(person, instance, [foreign], foreign.payload)
    },
  ),
  {
    id: "CT-16.version",
    proves: "CT-16",
    title: "a payload moved to the same conversation under another version of the type is refused",
    run: movedToVersion,
  },
]

function binding(
  id: string,
  title: string,
  move: (context: CheckContext, established: Established, moved: Moving) => Promise<void>,
): Check {
  return {
    id,
    proves: "CT-16",
    title,
    async run(context) {
      const established = await context.establish({ record: false })
      const { laboratory, people } = established
      let tries = 0
      for (const by of speakersOf(context, established))
        for (let round = 0; round < 2; round++) {
          const { payloads } = await utter(context, established, by, "moved", round)
          const held = laboratory.hold()
          for (const payload of payloads) {
            const moved = new Moving(established, by, payload)
            await move(context, established, moved)
            tries += moved.tries
            const fault = moved.finding ?? faultOf(laboratory)
            if (fault !== undefined) return { verdict: "broken", finding: fault }
          }
          for (const payload of held)
            for (const person of people) if (person.participant !== payload.by) await person.receive(payload)
          await laboratory.settle()
        }
      return tries > 0
        ? { verdict: "held", tries }
        : { verdict: "not-applicable", reason: "there is nowhere else to move a payload to" }
    },
  }
}

function ownInstances({ type }: CheckContext, person: Subject): readonly InstanceView[] {
  return person.instances().filter((instance) => instance.type === type.id)
}

function routeOf({ topic, hint }: WirePayload): Route {
  return hint === undefined ? { topic } : { topic, hint }
}

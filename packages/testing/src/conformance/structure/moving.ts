import type { Route } from "@colloquy/core"
import type { AnyInput, InstanceView, Subject, WirePayload } from "../../laboratory/laboratory.js"
import type { Established } from "../fixture.js"
import { listeners, nameOf } from "./rehearsal.js"

/** At so many of the places where an instance listens a payload is tried. */
export const routesMax = 6

/** A payload on its way to where it does not belong. */
export class Moving {
  readonly by: Subject
  readonly recipients: readonly Subject[]
  readonly arrival: WirePayload
  tries = 0
  finding: string | undefined

  constructor(established: Established, by: Subject, payload: WirePayload) {
    this.by = by
    this.recipients = listeners(established, by)
    this.arrival = payload
  }

  /** Offers it to an instance wherever that listens, and at some routes more. */
  async to(
    person: Subject,
    instance: InstanceView,
    more: readonly Route[] = [],
    bytes = this.arrival.payload,
  ): Promise<void> {
    for (const route of [...instance.listening.slice(0, routesMax), ...more])
      await this.at(person, instance.id, route, bytes)
  }

  async at(
    person: Subject,
    id: InstanceView["id"],
    { topic, hint }: Route,
    bytes = this.arrival.payload,
  ): Promise<void> {
    if (this.finding !== undefined) return
    this.tries++
    const input: AnyInput = { kind: "receive", topic, payload: bytes, ...(hint === undefined ? {} : { hint }) }
    const outcome = await person.attempt(id, input)
    if (outcome.kind === "next" && Object.keys(outcome.patch).length + outcome.effects.length > 0)
      this.finding = `${nameOf({ number: this.arrival.number, payload: bytes })} is accepted by ${person.name} in ${id} at ${topic}`
  }
}

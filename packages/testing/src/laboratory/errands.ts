import { codeOf, type Participant } from "@colloquy/core"
import type { Household } from "./household.js"
import type { LabInstance } from "./instance.js"
import { carriageOf, makeIntroduction } from "./introductions.js"
import type { AnyInput } from "./laboratory.js"
import type { Errand } from "./plan.js"

interface Waiting {
  readonly instance: LabInstance
  readonly errand: Errand
  /** What the start that asks began with. */
  readonly introductions: ReadonlyMap<Participant, Uint8Array> | undefined
}

/** What machines ask for that concerns other machines of the account. */
export class Errands {
  readonly #household: Household
  readonly #waiting: Waiting[] = []

  constructor(household: Household) {
    this.#household = household
  }

  add(instance: LabInstance, errand: Errand, introductions?: ReadonlyMap<Participant, Uint8Array>): void {
    this.#waiting.push({ instance, errand, introductions })
  }

  /** Runs one; whether there was one. */
  async next(): Promise<boolean> {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) return false
    const { instance, errand } = waiting
    switch (errand.kind) {
      case "carry":
        this.#carry(waiting, errand)
        break
      case "parcel":
        this.#handOver(errand)
        break
      case "introduce":
        await this.#introduce(instance, errand.expiresAtMs)
        break
    }
    return true
  }

  #carry({ instance, introductions }: Waiting, { effect }: Extract<Errand, { kind: "carry" }>): void {
    const { world } = this.#household
    const { to, parcel } = effect
    const carrier = world.types.find(({ resident }) => resident?.machine.carries === true)
    const introduction = effect.introduction ?? introductions?.get(to)
    const using =
      introduction === undefined || carrier === undefined ? undefined : carriageOf(introduction, to, carrier.id, world)
    const isOpen = using === undefined && effect.introduction === undefined
    const target = isOpen ? this.#openCarrier(to) : using && carrier && this.#household.residents.get(carrier.id)
    if (target === undefined) {
      world.undelivered.push({ by: this.#household.account.participant, instance: instance.id, to })
      return
    }
    const input: AnyInput = { kind: "carry", to, parcel, ...(using === undefined ? {} : { using }) }
    this.#household.enqueue({ target, input })
  }

  #handOver({ input }: Extract<Errand, { kind: "parcel" }>): void {
    const target = this.#household.residents.get(input.parcel.type)
    if (target !== undefined) this.#household.enqueue({ target, input })
  }

  async #introduce(instance: LabInstance, expiresAtMs: number): Promise<void> {
    try {
      const introduction = await makeIntroduction(this.#household, expiresAtMs)
      this.#household.enqueue({ target: instance.id, input: { kind: "introduction", introduction } })
    } catch (error) {
      // Whose resident refused shows in the reactions; the machine that asked goes without.
      if (codeOf(error) === undefined) throw error
    }
  }

  #openCarrier(to: Participant): LabInstance["id"] | undefined {
    for (const { id, machine, state, consent } of this.#household.instances.values())
      if (consent === "allowed" && machine.view?.(state).carriesTo.includes(to) === true) return id
    return undefined
  }
}

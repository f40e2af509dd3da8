import type { AnyConversationType, ConversationId, Crypto, Participant, PublishEffect } from "@colloquy/core"
import { Account } from "./account.js"
import { copyOf } from "./copies.js"
import type { CryptoTrace } from "./crypto-trace.js"
import type { LabInstance } from "./instance.js"
import type { Fault, Inspector, Laboratory, LaboratoryOptions, Loot, WirePayload } from "./laboratory.js"
import { Recorder } from "./recording-crypto.js"
import { SeededRandom } from "./seeded-random.js"
import { LabSubject } from "./subject.js"

const startMs = 1_800_000_000_000
/** So many payloads or wakes in one call mean that a type does not come to rest. */
const restMax = 20_000

/** A parcel that nothing could bring to its recipient. */
interface Undelivered {
  readonly by: Participant
  readonly instance: ConversationId
  readonly to: Participant
}

/** See {@link Laboratory}. */
export class World implements Laboratory {
  readonly types: readonly AnyConversationType[]
  readonly crypto: Crypto
  readonly seed: number
  readonly inspect: Inspector | undefined
  readonly wire: WirePayload[] = []
  readonly introductions: Uint8Array[] = []
  readonly faults: Fault[] = []
  readonly undelivered: Undelivered[] = []
  readonly #recorder: Recorder
  readonly #subjects: LabSubject[] = []
  /** Who published each payload, by the name that no thief shares. */
  readonly #publishers: string[] = []
  #nowMs = startMs
  /** The first payload that was not delivered yet. */
  #next = 0

  constructor(
    crypto: Crypto,
    { types, seed, record = true, inspect }: LaboratoryOptions,
    recorder = new Recorder(record),
  ) {
    this.crypto = crypto
    this.types = types
    this.seed = seed
    this.inspect = inspect
    this.#recorder = recorder
  }

  get nowMs(): number {
    return this.#nowMs
  }

  get trace(): CryptoTrace {
    return { operations: this.#recorder.operations }
  }

  get subjects(): readonly LabSubject[] {
    return this.#subjects
  }

  get recording(): boolean {
    return this.#recorder.active
  }

  set recording(active: boolean) {
    this.#recorder.active = active
  }

  async person(name: string): Promise<LabSubject> {
    const known = this.#subjects.find((subject) => subject.name === name)
    if (known !== undefined) return known
    const seed = SeededRandom.of(this.crypto, String(this.seed), "identity", name).draw(32)
    const random = SeededRandom.of(this.crypto, String(this.seed), "random", name)
    const subject = new LabSubject(this, name, new Account(this.crypto, seed, random, this.#recorder))
    this.#subjects.push(subject)
    await subject.open()
    return subject
  }

  publish(by: LabSubject, { id, type }: LabInstance, { topic, hint, payload }: PublishEffect): void {
    const { participant, name } = by
    const published = { number: this.wire.length, atMs: this.#nowMs, topic, payload, by: participant }
    const entry = { ...published, type: type.id, conversation: id }
    this.wire.push(hint === undefined ? entry : { ...entry, hint })
    this.#publishers.push(name)
  }

  async settle(): Promise<void> {
    for (let delivered = 0; this.#next < this.wire.length; delivered++) {
      const number = this.#next++
      const payload = this.wire[number] as WirePayload
      if (delivered >= restMax) return this.#restless(payload.by, payload)
      for (const subject of this.#subjects)
        if (subject.name !== this.#publishers[number]) await subject.receive(copyOf(payload))
    }
  }

  hold(): readonly WirePayload[] {
    const held = this.wire.slice(this.#next)
    this.#next = this.wire.length
    return held
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    for (let woken = 0; ; woken++) {
      const [first] = this.#subjects
        .flatMap((subject) => {
          const due = subject.due()
          return due === undefined ? [] : [{ subject, ...due }]
        })
        .sort((a, b) => a.atMs - b.atMs)
      if (first === undefined || first.atMs > untilMs) break
      if (woken >= restMax) {
        const type = first.subject.instance(first.id)?.type ?? this.types[0]?.id
        return this.#restless(first.subject.participant, { type, conversation: first.id } as WirePayload)
      }
      this.#nowMs = Math.max(this.#nowMs, first.atMs)
      await first.subject.wake(first.id)
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  fork(salt?: string): World {
    const recorder = new Recorder(this.#recorder.active, this.#recorder.operations)
    const world = new World(this.crypto, { types: this.types, seed: this.seed }, recorder)
    world.wire.push(...this.wire)
    world.introductions.push(...this.introductions)
    world.faults.push(...this.faults)
    world.undelivered.push(...this.undelivered)
    world.#publishers.push(...this.#publishers)
    world.#nowMs = this.#nowMs
    world.#next = this.#next
    for (const subject of this.#subjects) {
      const { identitySeed, random } = subject.account
      world.#subjects.push(
        subject.copyInto(world, new Account(this.crypto, identitySeed.slice(), random.copy(salt), recorder)),
      )
    }
    return world
  }

  thief(name: string, loot: Loot): LabSubject {
    const random = SeededRandom.of(this.crypto, String(this.seed), "thief", name)
    const account = new Account(this.crypto, loot.identitySeed.slice(), random, this.#recorder)
    const thief = new LabSubject(this, `thief ${name}`, account)
    thief.possess(loot)
    return thief
  }

  #restless(by: Participant, { type, conversation }: Pick<WirePayload, "type" | "conversation">): void {
    const message = "it did not come to rest: each step sets off another"
    this.faults.push({ by, type, instance: conversation, input: "wake", code: "RESTLESS", message })
  }
}

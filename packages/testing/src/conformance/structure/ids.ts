import {
  ColloquyError,
  type ConversationId,
  empty,
  type IdMaterial,
  parseConversationId,
  type Participant,
  participantFromKey,
} from "@colloquy/core"
import { SeededRandom } from "../../laboratory/seeded-random.js"
import type { Check, CheckContext } from "../check.js"
import { open } from "../establish.js"
import { expecting, faultOf, nameOf, utter, speakersOf } from "./rehearsal.js"

const idsMade = 100_000

/** CT-5, CT-13: the policy, executed. */
export const idChecks: readonly Check[] = [
  {
    id: "CT-13.distinct",
    proves: "CT-13",
    title: `${idsMade.toLocaleString("en")} conversations have as many ids`,
    async run(context) {
      const materials = materialsOf(context)
      const seen = new Set<string>()
      for (let tries = 0; tries < idsMade; tries++) {
        const id = make(context, materials.next())
        if (seen.has(id)) return { verdict: "broken", finding: `two conversations have the id ${id}`, facts: { tries } }
        seen.add(id)
      }
      return { verdict: "held", tries: idsMade }
    },
  },
  {
    id: "CT-13.form",
    proves: "CT-13",
    title: "ids have the form /<name>/<version>/<ident> with the type's own name and version",
    async run(context) {
      const { type } = context
      const materials = materialsOf(context)
      const tries = 100
      for (let made = 0; made < tries; made++) {
        const id = make(context, materials.next())
        const parsed = parseConversationId(id)
        if (parsed?.type !== type.id) return { verdict: "broken", finding: `${id} is no id of ${type.id}` }
      }
      return { verdict: "held", tries }
    },
  },
  {
    id: "CT-5.function",
    proves: "CT-5",
    title: "the same material gives the same id, whoever computes it",
    async run(context) {
      const materials = materialsOf(context)
      const tries = 1000
      for (let made = 0; made < tries; made++) {
        const material = materials.next()
        const [first, again] = [make(context, material), make(context, copyOf(material))]
        if (first !== again) return { verdict: "broken", finding: `the same material gave ${first} and ${again}` }
      }
      return { verdict: "held", tries }
    },
  },
  {
    id: "CT-5.order",
    proves: "CT-5",
    title: "the order in which participants are named does not matter",
    async run(context) {
      const { from } = context.type.declaration.conversationIds
      if (from !== "participants")
        return { verdict: "not-applicable", reason: `ids are made from ${from}, not from participants` }
      const random = SeededRandom.of(context.crypto, "order", String(context.seed))
      const tries = 200
      for (let made = 0; made < tries; made++) {
        const participants = Array.from({ length: 2 + (made % 6) }, () => participantFromKey(random.draw(32)))
        const discriminator = random.draw(16)
        const forward = make(context, { from, participants, discriminator })
        const backward = make(context, { from, participants: [...participants].reverse(), discriminator })
        if (forward !== backward)
          return { verdict: "broken", finding: `${participants.length} participants give two ids, by their order` }
      }
      return { verdict: "held", tries }
    },
  },
  {
    id: "CT-13.types",
    proves: "CT-13",
    title: "no other type makes the same id, whatever the material",
    async run(context) {
      const { type, others, fixture, crypto } = context
      const foreign = [...others, ...(fixture.beside ?? [])].filter(({ id }) => id !== type.id)
      if (foreign.length === 0) return { verdict: "not-applicable", reason: "no other type was named" }
      const materials = materialsOf(context)
      const rounds = 100
      for (let round = 0; round < rounds; round++) {
        const material = materials.next()
        const id = make(context, material)
        for (const other of foreign) {
          const policy = other.declaration.conversationIds
          if (policy.from !== material.from) {
            if (parseConversationId(id)?.type === other.id)
              return { verdict: "broken", finding: `${id} is an id of ${other.id}` }
          } else if (tryMake(() => policy.make(other.name, material, crypto)) === id)
            return { verdict: "broken", finding: `${other.id} makes the same id ${id} from the same material` }
        }
      }
      return { verdict: "held", tries: rounds * foreign.length, facts: { types: foreign.length } }
    },
  },
  {
    id: "CT-13.versions",
    proves: "CT-13",
    title: "another version of the type makes other ids from the same material",
    async run(context) {
      const { type, crypto } = context
      const materials = materialsOf(context)
      const tries = 100
      const next = { ...type.name, version: type.name.version + 1 }
      for (let made = 0; made < tries; made++) {
        const material = materials.next()
        const id = make(context, material)
        if (type.declaration.conversationIds.make(next, material, crypto) === id)
          return { verdict: "broken", finding: `version ${next.version} makes the same id ${id}` }
      }
      return { verdict: "held", tries }
    },
  },
  {
    id: "CT-5.both-sides",
    proves: "CT-5",
    title: "everybody in a conversation has it under the same id, and two conversations of the same people have two",
    async run(context) {
      const established = await context.establish({ record: false })
      const { people, conversation, laboratory } = established
      const isOpen = (id: ConversationId): string | undefined => {
        const parsed = parseConversationId(id)
        if (parsed?.type !== context.type.id) return `${id} is no id of ${context.type.id}`
        const without = people.filter((person) => person.instance(id) === undefined)
        // Of a type with a resident alone, an instance is one person's.
        const expected = context.type.conversation === undefined ? people.length - 1 : 0
        return without.length <= expected
          ? undefined
          : `${without.map(({ name }) => name).join(", ")} does not have ${id}`
      }
      const first = isOpen(conversation)
      if (first !== undefined) return { verdict: "broken", finding: first }
      if (context.type.conversation === undefined) return { verdict: "held", tries: 1 }
      const again = await open(context, established)
      const second = again === conversation ? `a second conversation has the same id ${again}` : isOpen(again)
      const finding = second ?? faultOf(laboratory)
      return finding === undefined ? { verdict: "held", tries: 2 } : { verdict: "broken", finding }
    },
  },
  {
    id: "CT-14.lookup",
    proves: "CT-14",
    title: "topic and hint lead each payload to the one conversation that it is for",
    async run(context) {
      const established = await context.establish({ record: false })
      const { laboratory, people } = established
      const second = context.type.conversation === undefined ? undefined : await open(context, established)
      const conversations = [established.conversation, ...(second === undefined ? [] : [second])]
      let [payloads, byHint] = [0, 0]
      for (const conversation of conversations)
        for (const by of speakersOf(context, established)) {
          await utter(context, { ...established, conversation }, by)
          for (const payload of laboratory.hold().filter((held) => held.type === context.type.id)) {
            payloads++
            if (payload.hint !== undefined) byHint++
            for (const person of people) {
              if (person === by) continue
              const targets = expecting(person, payload)
              if (targets.length > 1)
                return {
                  verdict: "broken",
                  finding: `${nameOf(payload)} is offered to ${targets.length} conversations of ${person.name}`,
                }
              await person.receive(payload)
            }
          }
        }
      if (payloads === 0) return { verdict: "review", question: "nothing was published: how are payloads looked up?" }
      return {
        verdict: "held",
        tries: payloads,
        facts: { "by hint": byHint, "by a topic of its own": payloads - byHint },
      }
    },
  },
]

function make({ type, crypto }: CheckContext, material: IdMaterial): ConversationId {
  return type.declaration.conversationIds.make(type.name, material, crypto)
}

function tryMake(action: () => ConversationId): ConversationId | undefined {
  try {
    return action()
  } catch (error) {
    if (error instanceof ColloquyError) return undefined
    throw error
  }
}

/** Material of the declared kind, never the same twice. */
function materialsOf(context: CheckContext): { next(): IdMaterial } {
  const { from } = context.type.declaration.conversationIds
  const random = new Pool(SeededRandom.of(context.crypto, "materials", String(context.seed)))
  // Whoever has one conversation for the same people may want no discriminator.
  const alone = { from: "participants" as const, participants: [person(random)], discriminator: random.draw(16) }
  const takesDiscriminator = from !== "participants" || tryMake(() => make(context, alone)) !== undefined
  return {
    next() {
      switch (from) {
        case "secret":
          return { from, secret: random.draw(32) }
        case "random":
          return { from, random: random.draw(16) }
        case "participants":
          return { from, participants: [person(random)], discriminator: takesDiscriminator ? random.draw(16) : empty }
      }
    },
  }
}

/** Draws many bytes at a time, since many ids are made. */
class Pool {
  readonly #random: SeededRandom
  #bytes: Uint8Array = new Uint8Array(0)

  constructor(random: SeededRandom) {
    this.#random = random
  }

  draw(bytes: number): Uint8Array {
    if (this.#bytes.length < bytes) this.#bytes = this.#random.draw(8192)
    const drawn = this.#bytes.slice(0, bytes)
    this.#bytes = this.#bytes.subarray(bytes)
    return drawn
  }
}

function person(random: Pick<SeededRandom, "draw">): Participant {
  return participantFromKey(random.draw(32))
}

function copyOf(material: IdMaterial): IdMaterial {
  switch (material.from) {
    case "secret":
      return { ...material, secret: material.secret.slice() }
    case "random":
      return { ...material, random: material.random.slice() }
    case "participants":
      return { ...material, participants: [...material.participants], discriminator: material.discriminator.slice() }
  }
}

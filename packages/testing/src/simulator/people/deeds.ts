import type { Conversation } from "@colloquy/client"
import { text } from "@colloquy/content"
import { ColloquyError, type ConversationId } from "@colloquy/core"
import type { Client } from "@colloquy/client"
import type { Action } from "../plan/plan.js"
import type { SeededRandom } from "../random.js"
import type { Talk } from "../talk.js"
import type { VirtualClock } from "../virtual-clock.js"
import type { Person } from "./person.js"
import type { Saying } from "./recall.js"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** What is refused to whoever has removed or denied the conversation meanwhile, or could not go on with it. */
const gone = /^(CONVERSATION_UNKNOWN|CONSENT_DENIED|CANNOT_SEND)$/
const none = /^$/

type Of<K extends Action["kind"]> = Extract<Action, { kind: K }>

export interface DeedsHost {
  readonly clock: VirtualClock
  readonly people: readonly Person[]
  readonly talks: readonly Talk[]
  readonly calm: () => boolean
  random(...part: readonly (string | number)[]): SeededRandom
}

/** What people do with their clients, each deed until it is done. */
export class Deeds {
  readonly #host: DeedsHost
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(host: DeedsHost) {
    this.#host = host
  }

  /** One introduces himself, the other begins, the first agrees sooner or later. */
  async meet({ who, talk: number, with: other, words, handMs, allowMs }: Of<"meet">): Promise<void> {
    const { clock } = this.#host
    const talk = this.#talk(number)
    const [starter, introducer] = [this.#person(who), this.#person(other)]
    for (;;) {
      const made = await introducer.insist("introducing", none, (client) =>
        client.introduce({ expiresInMs: 80 * dayMs }),
      )
      if ("refused" in made) return
      await clock.sleep(handMs)
      const begun = await this.#begin(starter, talk, made.value, words)
      if (begun === undefined) return
      if (begun === "again") {
        await clock.sleep(hourMs)
        continue
      }
      if (!talk.ids.includes(begun)) talk.ids.push(begun)
      await clock.sleep(allowMs)
      return this.#agree(introducer, talk, begun)
    }
  }

  /** `again` for an introduction whose time was over before it was used, or has not come by a clock that was set back. */
  async #begin(
    starter: Person,
    talk: Talk,
    introduction: string,
    words: string | undefined,
  ): Promise<ConversationId | "again" | undefined> {
    const known = talk.type.join === undefined ? undefined : await this.#find(starter, talk)
    if (known !== undefined) {
      const { name, body } = talk.type.join?.(introduction) as { name: string; body: unknown }
      const let_in = await starter.insist("letting in", none, async (client) =>
        this.#command(await this.#conversation(client, known), talk, name, body),
      )
      return "refused" in let_in ? undefined : known
    }
    const { type } = talk.type
    const life = starter.recall.lives
    const begun = await starter.insist("starting", /^INTRODUCTION_(EXPIRED|EARLY)$/, async (client) => {
      try {
        const content = words === undefined ? {} : { content: text(words) }
        const { id } = await client.conversations.start(introduction, { type, ...content })
        starter.note("starts a conversation")
        return id
      } catch (error) {
        // The start was committed by a process that did not live to say so.
        if (error instanceof ColloquyError && error.code === "INTRODUCTION_CONSUMED")
          return error.fields["conversation"] as ConversationId
        throw error
      }
    })
    if ("refused" in begun) return "again"
    const conversation = begun.value
    if (words !== undefined) {
      starter.recall.sayings.push({ words, text: words, talk: talk.number, key: undefined, life, conversation })
      starter.recall.founding.add(words)
    }
    return conversation
  }

  async #agree(introducer: Person, talk: Talk, id: ConversationId): Promise<void> {
    const { clock, calm } = this.#host
    for (let pauseMs = minuteMs; ; pauseMs = Math.min(2 * pauseMs, dayMs)) {
      const agreed = await introducer.insist("allowing", gone, async (client) => {
        const { items } = await client.requests.list({ limit: 1000 })
        const request = items.find((conversation) => conversation.id === id)
        if (request === undefined) return (await client.conversations.get(id)) !== undefined
        await client.requests.allow(request.id)
        introducer.note("allows it")
        return true
      })
      if ("refused" in agreed || agreed.value) return
      if (talk.harms.size > 0 && calm()) {
        // Who never heard of it never answers, even when the other changes his mind.
        talk.harm("denied", introducer.number)
        return
      }
      await clock.sleep(this.#host.random(introducer.name, clock.nowMs()).spread(1000, pauseMs))
    }
  }

  /** Says something, and does not rest until the client has taken it. */
  async say(action: Of<"say">): Promise<void> {
    const { who, talk: number, words, keyed, bytes, cancelMs } = action
    const person = this.#person(who)
    const talk = this.#talk(number)
    const conversation = await this.#await(person, talk)
    if (conversation === undefined) return
    const life = person.recall.lives
    const long = bytes > words.length ? `${words}#${"=".repeat(bytes - words.length - 1)}` : words
    const saying: Saying = {
      words,
      text: long,
      talk: number,
      key: keyed ? `key ${words}` : undefined,
      life,
      conversation,
    }
    person.recall.sayings.push(saying)
    const said = async (client: Client): Promise<void> => {
      const to = await this.#conversation(client, conversation)
      const message = await to.send(text(saying.text), saying.key === undefined ? {} : { key: saying.key })
      saying.id = message.id
      saying.life = person.recall.lives
      person.note(`says "${words}" ${message.id.slice(0, 8)}`)
    }
    // Whoever gives no key cannot know whether it was said, and does not say it again.
    const answer = await (keyed ? person.insist("saying", gone, said) : person.attempt("saying", gone, said))
    if (answer !== undefined && "refused" in answer) saying.refused = answer.refused
    if (answer === undefined || "refused" in answer || cancelMs === undefined) return
    await this.#host.clock.sleep(cancelMs)
    await this.#cancel(person, saying)
  }

  async #cancel(person: Person, saying: Saying): Promise<void> {
    const { id, conversation } = saying
    if (id === undefined || conversation === undefined || saying.life !== person.recall.lives) return
    saying.cancelled = "asked"
    const late = /TOO_LATE|^CONVERSATION_UNKNOWN$|^CONSENT_DENIED$|^PV1_EXHAUSTED$/
    const answer = await person.insist("cancelling", late, async (client) => {
      const key = saying.key ?? ""
      if (key === "") return false
      // The same key is the same message: a way back to the handle of what was sent.
      const message = await (await this.#conversation(client, conversation)).send(text(saying.text), { key })
      await message.cancel()
      person.note(`withdraws "${saying.words}"`)
      return true
    })
    if ("value" in answer && answer.value && saying.life === person.recall.lives) saying.cancelled = "done"
  }

  async command({ who, talk: number, name, body }: Of<"command">): Promise<boolean> {
    const person = this.#person(who)
    const talk = this.#talk(number)
    const conversation = await this.#await(person, talk)
    if (conversation === undefined) return false
    const refusals = new RegExp(`${gone.source}|^(?!STORE_|CLIENT_)[A-Z0-9]+_[A-Z_]+$`)
    const answer = await person.insist(`command ${name}`, refusals, async (client) => {
      await this.#command(await this.#conversation(client, conversation), talk, name, body)
      person.note(`commands ${name}`)
    })
    if ("value" in answer && !this.#host.calm()) talk.commanded.add(who)
    return "value" in answer
  }

  /**
   * After a setback whoever lost a part of the conversation begins a new session, and everybody says that he is there. Where that is not heard, people
   * begin again: an introduction may be used up that an old copy still has, and the next one is good.
   */
  async callRoll(talk: Talk): Promise<void> {
    const { clock } = this.#host
    const { harms, number, plan, type } = talk
    const atMs = clock.nowMs()
    const lost = [...(harms.get("rollback") ?? [])]
    for (const [round, whose] of [lost, plan.members, plan.members].entries()) {
      for (const who of whose) {
        if (type.recover === undefined) return
        const begun = await this.command({ atMs, who, kind: "command", talk: number, ...type.recover })
        if (!begun && round === 0) return
      }
      await clock.sleep(hourMs)
      talk.rollCall = plan.members.map((who) => ({
        who,
        words: `${this.#person(who).name} says he is still in ${number}, ${round}.`,
      }))
      for (const { who, words } of talk.rollCall)
        await this.say({ atMs, who, kind: "say", talk: number, words, keyed: true, bytes: 0 })
      await clock.sleep(dayMs)
      if (this.#haveHeard(talk)) return
    }
  }

  /** Whether everybody in a talk has been told of what the others said last. */
  #haveHeard({ plan, rollCall }: Talk): boolean {
    return plan.members.every((who) =>
      rollCall.every(({ who: speaker, words }) => speaker === who || this.#person(who).reader.heard(words)),
    )
  }

  async erase({ who, talk: number, share }: Of<"erase">): Promise<void> {
    const person = this.#person(who)
    const conversation = await this.#await(person, this.#talk(number))
    if (conversation === undefined) return
    const random = this.#host.random(person.name, "erase", this.#host.clock.nowMs())
    const { recall } = person
    const { lives } = recall
    let chosen: { readonly id: string; readonly text: string }[] | undefined
    const answer = await person.insist("erasing", gone, async (client) => {
      const to = await this.#conversation(client, conversation)
      if (chosen === undefined) {
        const { items } = await to.messages({ limit: 1000 })
        const shown = items.filter(() => random.chance(share))
        chosen = shown.map(({ id, content }) => ({ id, text: text.is(content) ? content.text : "" }))
      }
      for (const { id } of chosen) recall.erasing.add(id)
      await to.erase(chosen.map(({ id }) => id as never))
      person.note(`erases ${chosen.map(({ id }) => id.slice(0, 8)).join(", ")}`)
    })
    if ("refused" in answer || lives !== recall.lives) return
    for (const { id, text: words } of chosen ?? []) {
      recall.erased.add(id)
      recall.forgotten.add(words)
    }
  }

  disappear(action: Of<"disappear">): Promise<void> {
    return this.#inTurn(action, () => this.#disappear(action))
  }

  async #disappear({ who, talk: number, afterMs }: Of<"disappear">): Promise<void> {
    const person = this.#person(who)
    const conversation = await this.#await(person, this.#talk(number))
    if (conversation === undefined) return
    const { vanishing, lives } = person.recall
    const before = vanishing.get(number)?.shortestMs ?? Number.POSITIVE_INFINITY
    const shortestMs = Math.min(before, afterMs === 0 ? Number.POSITIVE_INFINITY : afterMs)
    const entry = { shortestMs, conversation: "", nowMs: undefined as number | undefined }
    vanishing.set(number, entry)
    const answer = await person.insist("disappearing", gone, async (client) => {
      const to = await this.#conversation(client, conversation)
      await to.disappear(afterMs === 0 ? undefined : afterMs)
      entry.conversation = to.id
      person.note(afterMs === 0 ? "keeps messages" : `has messages disappear after ${afterMs} ms`)
    })
    if ("value" in answer && lives === person.recall.lives) entry.nowMs = afterMs
  }

  async remove({ who, talk: number }: Of<"remove">): Promise<void> {
    const person = this.#person(who)
    const talk = this.#talk(number)
    const conversation = await this.#await(person, talk)
    if (conversation === undefined) return
    talk.harm("removed", who)
    const { recall } = person
    recall.removed.add(number)
    const texts: string[] = []
    await person.insist("removing", gone, async (client) => {
      const to = await this.#conversation(client, conversation)
      const { items } = await to.messages({ limit: 1000 })
      for (const { content } of items) if (text.is(content)) texts.push(content.text)
      await to.remove()
      person.note("removes the conversation")
      const { state, messages } = await client.storage(conversation)
      if (state.records + messages.records > 0) person.fault("a removed conversation is still stored")
    })
    for (const words of texts) recall.forgotten.add(words)
  }

  consent(action: Of<"consent">): Promise<void> {
    return this.#inTurn(action, () => this.#consent(action))
  }

  async #consent({ who, talk: number, consent }: Of<"consent">): Promise<void> {
    const person = this.#person(who)
    const talk = this.#talk(number)
    const conversation = await this.#await(person, talk)
    if (conversation === undefined) return
    if (consent === "denied") {
      talk.harm("denied", who)
      person.recall.denied.add(number)
    }
    const answer = await person.insist(consent, gone, async (client) => {
      const to = await this.#conversation(client, conversation)
      await (consent === "denied" ? to.deny() : to.allow())
      person.note(consent === "denied" ? "denies it" : "allows it")
    })
    if (consent !== "allowed" || "refused" in answer) return
    const denied = talk.harms.get("denied")
    denied?.delete(who)
    if (denied?.size === 0) talk.harms.delete("denied")
  }

  async copy({ who }: Of<"copy">): Promise<void> {
    const person = this.#person(who)
    await person.insist("copying", none, async () => {
      person.copied = await person.disk.copy()
      person.note(`copies the disk, ${person.copied.length} records`)
    })
  }

  async export({ who }: Of<"export">): Promise<void> {
    const person = this.#person(who)
    await person.insist("exporting", none, async (client) => {
      const pieces: Uint8Array[] = []
      for await (const piece of client.export({ unlock: person.unlock() })) pieces.push(piece.slice())
      person.backup = pieces
      person.note(`writes a backup of ${pieces.reduce((sum, { length }) => sum + length, 0)} B`)
    })
  }

  restore({ who }: Of<"restore">): void {
    const person = this.#person(who)
    if (person.copied === undefined) return
    this.#harmAll(person, "rollback")
    person.note("==== goes on with an old copy of his disk ====")
    person.anotherDisk({ entries: person.copied })
  }

  import({ who }: Of<"import">): void {
    const person = this.#person(who)
    if (person.backup === undefined) return
    this.#harmAll(person, "import")
    person.note("==== goes on with a backup ====")
    person.anotherDisk({ backup: person.backup })
  }

  #harmAll(person: Person, harm: "rollback" | "import"): void {
    for (const talk of this.#host.talks) if (talk.plan.members.includes(person.number)) talk.harm(harm, person.number)
    person.recall.erased.clear()
    person.recall.forgotten.clear()
    for (const vanishing of person.recall.vanishing.values()) vanishing.nowMs = undefined
  }

  /** The conversation's id, once the person has it. `undefined` when he never will. */
  async #await(person: Person, talk: Talk): Promise<ConversationId | undefined> {
    for (let pauseMs = minuteMs; ; pauseMs = Math.min(2 * pauseMs, dayMs)) {
      const found = await this.#find(person, talk)
      if (found !== undefined || this.#host.calm()) return found
      await this.#host.clock.sleep(pauseMs)
    }
  }

  async #find(person: Person, { ids }: Talk): Promise<ConversationId | undefined> {
    for (const id of [...ids]) {
      const answer = await person.insist("looking", none, (client) => client.conversations.get(id))
      if ("value" in answer && answer.value !== undefined) return answer.value.id
    }
    return undefined
  }

  async #conversation(client: Client, id: ConversationId): Promise<Conversation> {
    const conversation = await client.conversations.get(id)
    if (conversation === undefined) throw new ColloquyError("CONVERSATION_UNKNOWN", "there is no such conversation")
    return conversation
  }

  async #command(conversation: Conversation, { type }: Talk, name: string, body: unknown): Promise<void> {
    await conversation.as(type.type)?.command(name, body)
  }

  /** Who changes his mind does so in order, however long each change takes. */
  #inTurn({ who, talk, kind }: Of<"consent" | "disappear">, work: () => Promise<void>): Promise<void> {
    const key = `${kind} ${who} ${talk}`
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work)
    this.#turns.set(key, turn)
    return turn
  }

  #person(number: number): Person {
    return this.#host.people[number] as Person
  }

  #talk(number: number): Talk {
    return this.#host.talks[number] as Talk
  }
}

import type { ConversationId, Hint, Topic } from "@colloquy/core"
import type {
  AnyInput,
  AnyOutcome,
  InstanceView,
  Laboratory,
  Subject,
  WirePayload,
} from "../../laboratory/laboratory.js"
import { SeededRandom } from "../../laboratory/seeded-random.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import type { Established } from "../fixture.js"
import { expecting, faultOf, listeners, nameOf, order, utter, speakersOf } from "./rehearsal.js"

/** So many payloads are altered, one of each word and direction first. */
const payloadsMax = 6
/** So many bits of one payload are flipped: all of a short one; else those of its ends, and one of each byte in between. */
const everyBitBytesMax = 512
const endBytes = 48

/** What a hostile network makes of payloads: none of it is accepted, none of it is a fault. */
export const hostileChecks: readonly Check[] = [
  altered("robustness.truncated", "the beginning of a payload is refused, at each length", function* ({ payload }) {
    for (let length = 1; length < payload.length; length++)
      yield { what: `cut to ${length} bytes`, bytes: payload.subarray(0, length) }
  }),
  altered("robustness.flipped", "a payload with another bit is refused", function* ({ payload }, random) {
    for (const bit of bitsOf(payload.length, random)) {
      const bytes = payload.slice()
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      yield { what: `with bit ${bit} flipped`, bytes }
    }
  }),
  altered("robustness.extended", "a payload with more behind or before it is refused", function* ({ payload }, random) {
    for (const more of [Uint8Array.of(0), random.draw(1), random.draw(16), random.draw(64), payload]) {
      yield { what: `with ${more.length} bytes behind it`, bytes: joined(payload, more) }
      yield { what: `with ${more.length} bytes before it`, bytes: joined(more, payload) }
    }
  }),
  altered("robustness.random", "random bytes are refused, whatever their length", function* ({ payload }, random) {
    for (let length = 1; length < 200; length += 3)
      yield { what: `of ${length} random bytes`, bytes: random.draw(length) }
    for (let made = 0; made < 50; made++)
      yield { what: `of ${payload.length} random bytes`, bytes: random.draw(payload.length) }
  }),
  {
    id: "robustness.strange-inputs",
    proves: "CT-12",
    title:
      "inputs that make no sense, and hostile parcels, invites and introductions, are answered and never thrown at",
    run: strangeInputs,
  },
]

interface Altered {
  readonly what: string
  readonly bytes: Uint8Array
}

function altered(
  id: string,
  title: string,
  alter: (payload: WirePayload, random: SeededRandom) => Iterable<Altered>,
): Check {
  return { id, proves: "CT-12", title, run: (context) => alterAll(context, id, alter) }
}

/** Each payload altered in every way, offered to whoever expects it: nothing is accepted, and the real one still is. */
async function alterAll(
  context: CheckContext,
  id: string,
  alter: (payload: WirePayload, random: SeededRandom) => Iterable<Altered>,
): Promise<CheckResult> {
  const { type, crypto, seed } = context
  const random = SeededRandom.of(crypto, id, String(seed))
  const isBare = type.declaration.encryption.scheme === "none"
  let [tries, altering] = [0, 0]
  const established = await context.establish({ record: false })
  const { laboratory } = established
  for (const { by, payload } of await someOfEach(context, established)) {
    for (const person of listeners(established, by)) {
      const targets = expecting(person, payload).filter((target) => target.type === type.id)
      if (targets.length > 0 && altering++ < payloadsMax)
        for (const target of targets)
          for (const { what, bytes } of alter(payload, random)) {
            tries++
            const outcome = await person.attempt(target.id, receive(payload, bytes))
            // Without encryption an altered payload may be another one.
            if (outcome.kind === "next" && !isBare && changes(outcome))
              return { verdict: "broken", finding: `${nameOf(payload)} ${what} is accepted by ${person.name}` }
          }
      const reactions = await person.receive(payload)
      if (targets.length > 0 && !reactions.some(({ outcome }) => outcome.kind === "next"))
        return {
          verdict: "broken",
          finding: `${nameOf(payload)} itself is not accepted by ${person.name} after the altered ones`,
        }
    }
  }
  if (tries === 0)
    return { verdict: "review", question: "nobody expected any payload: how does a hostile one reach the type?" }
  return ended(laboratory, tries)
}

/** Payloads of everybody and of every word, in the order in which they were published. Nobody has got them yet. */
async function someOfEach(
  context: CheckContext,
  established: Established,
): Promise<{ readonly by: Subject; readonly payload: WirePayload }[]> {
  const { laboratory, people } = established
  const payloads: { by: Subject; payload: WirePayload }[] = []
  const speakers = speakersOf(context, established)
  for (const by of people) {
    if (speakers.includes(by))
      for (const payload of (await utter(context, established, by, "altered")).payloads) payloads.push({ by, payload })
    for (const command of context.fixture.commands ?? [])
      for (const payload of (await order(context, established, by, command)).payloads) payloads.push({ by, payload })
  }
  laboratory.hold()
  return payloads
}

async function strangeInputs(context: CheckContext): Promise<CheckResult> {
  const { type, crypto, seed } = context
  const random = SeededRandom.of(crypto, "strange", String(seed))
  const established = await context.establish({ record: false })
  const { laboratory, people } = established
  const stranger = await laboratory.person("stranger")
  let tries = 0
  for (const person of people) {
    const others = [...listeners(established, person), stranger]
    for (const instance of person.instances().filter((one) => one.type === type.id))
      for (const input of strange(context, person, others, instance, random)) {
        tries++
        const outcome = await person.attempt(instance.id, input)
        if (laboratory.faults.length > 0) break
        if (input.kind === "receive" && outcome.kind === "next" && changes(outcome))
          return { verdict: "broken", finding: `${person.name} accepts a payload of random bytes` }
      }
  }
  for (const reaction of people.flatMap(({ reactions }) => reactions))
    for (const invite of invitesIn(reaction.outcome))
      for (const bytes of mutations(invite, random)) {
        tries++
        const resident = stranger.resident(type.id) as ConversationId
        const parcel = { type: type.id, kind: "invite" as const, body: bytes }
        await stranger.attempt(resident, { kind: "parcel", from: (people[0] as Subject).participant, parcel })
      }
  return ended(laboratory, tries)
}

/** One of each kind of input, with nonsense in it. */
function* strange(
  { type }: CheckContext,
  person: Subject,
  others: readonly Subject[],
  { resident, listening }: InstanceView,
  random: SeededRandom,
): Generator<AnyInput> {
  const routes = listening.length > 0 ? listening.slice(0, 4) : [{ topic: person.inboxTopic }]
  for (const { topic } of routes) {
    yield { kind: "receive", topic, payload: random.draw(100) }
    yield { kind: "receive", topic, hint: random.draw(16) as Hint, payload: random.draw(100) }
    yield { kind: "receive", topic, hint: new Uint8Array(3) as Hint, payload: random.draw(300) }
    yield { kind: "receive", topic, payload: new Uint8Array(0) }
  }
  yield { kind: "receive", topic: "" as Topic, payload: random.draw(100) }
  for (const other of [...others, person])
    for (const kind of ["offer", "offer-request", "invite"] as const)
      for (const body of [new Uint8Array(0), random.draw(40), random.draw(2000)]) {
        const parcel = { type: type.id, kind, body }
        yield { kind: "parcel", from: other.participant, parcel }
        yield { kind: "carry", to: other.participant, parcel }
        const using = {
          offer: random.draw(50),
          introductionDigest: random.draw(32),
          inboxTopic: other.inboxTopic,
          expiresAtMs: 2 ** 50,
        }
        yield { kind: "carry", to: other.participant, parcel, using }
        if (!resident) yield { kind: "invite", from: other.participant, invite: body }
      }
  yield { kind: "wake" }
  if (resident) {
    yield { kind: "offer", expiresAtMs: 0 }
    yield { kind: "introduced", offer: random.draw(40), introductionDigest: random.draw(32), expiresAtMs: 2 ** 50 }
    return
  }
  yield { kind: "send", content: new Uint8Array(0) }
  yield { kind: "cancel", message: "00".repeat(16) as Extract<AnyInput, { kind: "cancel" }>["message"] }
  yield { kind: "introduction", introduction: random.draw(200) }
  yield { kind: "introduction", introduction: new Uint8Array(0) }
}

/** Which bits to flip. */
function* bitsOf(length: number, random: SeededRandom): Generator<number> {
  for (let byte = 0; byte < length; byte++) {
    const isEnd = length <= everyBitBytesMax || byte < endBytes || byte >= length - endBytes
    if (isEnd) for (let bit = 0; bit < 8; bit++) yield byte * 8 + bit
    else yield byte * 8 + ((random.draw(1)[0] as number) & 7)
  }
}

function* mutations(bytes: Uint8Array, random: SeededRandom): Generator<Uint8Array> {
  for (let length = 0; length < bytes.length; length += 1 + (bytes.length >> 6)) yield bytes.slice(0, length)
  for (let made = 0; made < 64; made++) {
    const changed = bytes.slice()
    const [high = 0, low = 0, bit = 0] = random.draw(3)
    const at = ((high << 8) | low) % Math.max(1, bytes.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7))
    yield changed
  }
}

function invitesIn(outcome: AnyOutcome): Uint8Array[] {
  if (outcome.kind !== "next") return []
  return outcome.effects.flatMap((effect) =>
    effect.kind === "carry" && effect.parcel.kind === "invite" ? [effect.parcel.body] : [],
  )
}

/** Accepted without a trace is as good as refused. */
function changes({ patch, effects }: Extract<AnyOutcome, { kind: "next" }>): boolean {
  return Object.keys(patch).length > 0 || effects.length > 0
}

function receive({ topic, hint }: WirePayload, payload: Uint8Array): AnyInput {
  return { kind: "receive", topic, payload, ...(hint === undefined ? {} : { hint }) }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}

function ended(laboratory: Laboratory, tries: number): CheckResult {
  const finding = faultOf(laboratory)
  return finding === undefined ? { verdict: "held", tries } : { verdict: "broken", finding }
}

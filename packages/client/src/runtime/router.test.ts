import { type ConversationId, encodeEnvelope, memoryStorage, type Topic } from "@colloquy/core"
import { expect, test } from "vitest"
import { Store } from "../store/store.js"
import { ClaimedTopics } from "./claimed-topics.js"
import type { Arrival, Errand, Errands } from "./errands.js"
import { Ring } from "./ring.js"
import { Router } from "./router.js"
import { Counters, type Runtime } from "./runtime.js"
import { Sequence } from "./sequence.js"

const topic = "/test/1/inbox/raw" as Topic
const talk = "/talk/1/00" as ConversationId
const print = { high: 7, low: 8 }
const clock = { nowMs: () => 1_800_000_000_000, after: () => () => undefined }

/** A router whose look-ups are answered when the test says so. */
async function slowly() {
  const ring = new Ring(clock, await Sequence.open(new Store(await memoryStorage()()), clock))
  let answer: (found: readonly ConversationId[]) => void = () => undefined
  const found = new Promise<readonly ConversationId[]>((resolve) => (answer = resolve))
  const hints = {
    writePrint: (_topic: Topic, _bytes: Uint8Array, _at: number, into: Uint32Array, to: number) =>
      into.set([print.high, print.low], to),
    expect: () => undefined,
    isForeign: () => false,
    find: () => found,
  }
  const counters = new Counters()
  const runtime = { counters, hints, ring, account: { inboxTopic: topic }, registry: { runs: () => true } }
  const sent: Arrival[] = []
  const send = (conversation: ConversationId, arrival: Arrival): Errand => {
    sent.push(arrival)
    return { conversation, input: { kind: "receive", topic, payload: arrival.payload }, done: Promise.resolve() }
  }
  const router = new Router(
    runtime as unknown as Runtime,
    new ClaimedTopics(),
    { send } as unknown as Errands,
    (action) => action(),
  )
  const payload = encodeEnvelope({ hint: new Uint8Array(16), payload: Uint8Array.of(1, 2, 3) })
  const errands = router.route({ payloads: [{ topic, payload }], cursor: new Uint8Array(1), live: true })
  return { ring, answer, sent, counters, errands }
}

test("what is looked up waits in the ring meanwhile, and goes to whoever is found, once", async () => {
  const { ring, answer, sent, errands } = await slowly()
  expect(ring.waiting()).toEqual([{ topic, print }])
  answer([talk])
  expect(await errands).toHaveLength(1)
  expect(sent.map(({ payload }) => [...payload])).toEqual([[1, 2, 3]])
  expect(ring.take(topic, print)).toEqual([])
})

test("what somebody took from the ring while it was looked up is not led to him again", async () => {
  const { ring, answer, sent, errands } = await slowly()
  const taken = ring.take(topic, print)
  expect(taken).toHaveLength(1)
  answer([talk])
  expect(await errands).toEqual([])
  expect(sent).toEqual([])
  expect(taken.map(({ state }) => state)).toEqual(["taken"])
})

test("what was looked up for nobody waits on, and is counted once", async () => {
  const { ring, answer, counters, errands } = await slowly()
  answer([])
  expect(await errands).toEqual([])
  expect(ring.take(topic, print).map((item) => [...ring.read(item).payload])).toEqual([[1, 2, 3]])
  expect(counters.read()).toEqual({ PAYLOAD_UNEXPECTED: 1 })
})

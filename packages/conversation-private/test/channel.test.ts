import { type Crypto, toHex } from "@colloquy/core"
import { loadCrypto } from "@colloquy/crypto"
import fc from "fast-check"
import { beforeAll, expect, test } from "vitest"
import type { PrivateState } from "../src/state.js"
import { acquainted, deliveredText, type Flying, type Party } from "./harness.js"

let crypto: Crypto
beforeAll(async () => {
  crypto = await loadCrypto()
})

interface Message {
  readonly to: Party
  readonly text: string
  readonly flying: Flying
  /** Names the chain that it was sealed in. */
  readonly chain: string
}

/** What the channel does next: send, deliver, deliver and keep a copy, alter, or lose. */
type Deed = readonly [fromSaro: boolean, deed: "send" | "deliver" | "duplicate" | "alter" | "lose", pick: number]

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.tuple(
    fc.boolean(),
    fc.constantFrom("send", "send", "send", "deliver", "deliver", "deliver", "duplicate", "alter", "lose"),
    fc.nat({ max: 10_000 }),
  ),
  { maxLength: 200 },
)

const lossesMax = 3
const underwayMax = 20

/**
 * Payloads that lead nowhere wait and are looked at again after each accepted one, as in the client's ring. At most three messages of a chain
 * are lost: then one of the four that are expected in a row arrives.
 */
class Channel {
  readonly #underway: Message[] = []
  readonly #waiting = new Set<Message>()
  readonly #sent: Message[] = []
  readonly #delivered = new Set<Message>()
  readonly #lost = new Set<Message>()

  constructor(
    readonly saro: Party,
    readonly raya: Party,
  ) {}

  do([fromSaro, deed, pick]: Deed): void {
    const [from, to] = fromSaro ? [this.saro, this.raya] : [this.raya, this.saro]
    if (deed === "send") {
      if (this.#underway.length < underwayMax) this.#send(from, to)
      return
    }
    const index = pick % Math.max(1, this.#underway.length)
    const message = this.#underway[index]
    if (message === undefined) return
    if (deed === "alter") this.#alter(message, pick)
    else if (deed === "lose") this.#lose(message, index)
    else {
      this.#arrive(message)
      if (deed === "deliver") this.#underway.splice(index, 1)
    }
  }

  /** Everything that was not lost has arrived, once. */
  finish(): void {
    for (const message of this.#underway) this.#arrive(message)
    for (const message of this.#sent) expect(this.#delivered.has(message), message.text).toBe(!this.#lost.has(message))
  }

  #send(from: Party, to: Party): void {
    const text = `${from === this.saro ? "saro" : "raya"} ${this.#sent.length}`
    const flying = from.send(text)
    const chain = toHex((from.talk.state as unknown as PrivateState).root.own?.publicKey ?? new Uint8Array())
    const message = { to, text, flying, chain }
    this.#underway.push(message)
    this.#sent.push(message)
  }

  #alter({ to, flying }: Message, pick: number): void {
    const payload = flying.payload.slice()
    payload[pick % payload.length] = (payload[pick % payload.length] as number) ^ (1 + (pick % 255))
    const outcome = to.receive({ ...flying, payload })
    expect(outcome === undefined || outcome.kind === "refused", "an altered payload was opened").toBe(true)
  }

  #lose(message: Message, index: number): void {
    const lost = [...this.#lost].filter(({ chain }) => chain === message.chain).length
    if (lost >= lossesMax || this.#delivered.has(message) || this.#waiting.has(message)) return
    this.#lost.add(message)
    this.#underway.splice(index, 1)
  }

  #arrive(message: Message): void {
    if (!this.#open(message)) return
    while ([...this.#waiting].some((waiting) => this.#open(waiting)));
  }

  /** Whether it was delivered now. */
  #open(message: Message): boolean {
    const heard = deliveredText(message.to.receive(message.flying))
    if (this.#delivered.has(message)) {
      expect(heard, "a duplicate was opened").toBeUndefined()
      return false
    }
    if (heard === undefined) {
      this.#waiting.add(message)
      return false
    }
    expect(heard).toBe(message.text)
    this.#waiting.delete(message)
    this.#delivered.add(message)
    return true
  }
}

test("PV1-24: over a shuffled, duplicated, altered and lossy channel each message is delivered once and unaltered", () => {
  fc.assert(
    fc.property(deeds, (script) => {
      const { saro, raya } = acquainted(crypto, "first")
      const channel = new Channel(saro, raya)
      for (const deed of script) {
        channel.do(deed)
        for (const party of [saro, raya]) {
          expect([...party.talk.expected].sort()).toEqual([...party.routes()].sort())
          party.talk.reload()
        }
      }
      channel.finish()
    }),
    { seed: 20261123, numRuns: 120 },
  )
})

test("PV1-35: after delivery the message key is in no state, and after the acceptance neither is the prekey or the seed", () => {
  const keys = new Set<string>()
  const hash = crypto.hash
  /** Message keys are the first half of what a chain step gives. */
  const spying: Crypto = {
    ...crypto,
    hash(message, bytes, key) {
      const digest = hash(message, bytes, key)
      if (new TextDecoder().decode(message) === "colloquy/PrivateV1/chain") keys.add(toHex(digest.slice(0, 32)))
      return digest
    },
  }
  const { saro, raya } = acquainted(spying, "first")
  const skipped = saro.send("skipped")
  for (let turn = 0; turn < 6; turn++) {
    const [from, to] = turn % 2 === 0 ? [saro, raya] : [raya, saro]
    for (let n = 0; n < 3; n++) to.receive(from.send(`${turn} ${n}`))
  }
  const stored = (): string => saro.talk.storedHex() + raya.talk.storedHex()
  expect([...keys].filter((key) => stored().includes(key))).toHaveLength(1)
  raya.receive(skipped)
  expect(keys.size).toBeGreaterThan(15)
  expect([...keys].filter((key) => stored().includes(key))).toEqual([])
})

test("PV1-35: no key of an earlier state is in a later one, once both have sent", () => {
  const { saro, raya } = acquainted(crypto, "first")
  const secretsOf = (party: Party): string[] =>
    [...party.talk.stored()]
      .filter(([name]) => ["root", "sending", "receiving", "skipped"].includes(name.split(" ")[0] as string))
      .flatMap(([, bytes]) =>
        Array.from({ length: Math.max(0, bytes.length - 31) }, (_, at) => toHex(bytes.slice(at, at + 32))),
      )
  raya.receive(saro.send("one"))
  saro.receive(raya.send("two"))
  const old = new Set([...secretsOf(saro), ...secretsOf(raya)])
  for (let turn = 0; turn < 3; turn++) {
    raya.receive(saro.send("three"))
    saro.receive(raya.send("four"))
  }
  expect([...secretsOf(saro), ...secretsOf(raya)].filter((key) => old.has(key))).toEqual([])
})

import { concat, toHex } from "@colloquy/core"
import { overheadBytes } from "../../../packages/conversation-inbox/src/handshake.js"
import { inboxState } from "../../../packages/conversation-inbox/src/state.js"
import { Account, type InboxOutcome } from "../../../packages/conversation-inbox/test/accounts.js"
import { must, type Target } from "../target.js"
import { counting, crypto, Draws } from "./support/bytes.js"
import { inboxFrameSeeds, padded, sealedByHolder } from "./support/inbox.js"

const codes =
  /^(PAYLOAD_BAD_LENGTH|PADDING_BAD|SENDER_MISMATCH|PARCEL_BAD|FRAME_[A-Z_]+|NOISE_[A-Z_]+|HINT_UNKNOWN|INTRODUCTION_[A-Z]+)$/

/** The state as it is stored, in one text. */
function storedOf(account: Account): string {
  return Object.entries(inboxState)
    .flatMap(([name, { codec }]) =>
      [...account.state[name as keyof typeof inboxState]].map(
        ([key, row]) => `${name} ${key} ${toHex(codec.encode(row as never))}`,
      ),
    )
    .join("\n")
}

function acquainted() {
  const [saro, raya] = [new Account(1), new Account(2)]
  const using = raya.introduce()
  const flying = saro.carry(raya, using)
  return { saro, raya, using, flying, stored: storedOf(raya) }
}

function checkTaken(outcome: InboxOutcome): void {
  if (outcome.kind !== "next") {
    must(outcome.kind === "refused" && codes.test(outcome.code), `${outcome.kind} with ${outcome.code}`)
    return
  }
  const kinds = outcome.effects.map(({ kind }) => kind).sort()
  must(/^(handover|listen),(listen|unknown-frame)$/.test(kinds.join()), `effects ${kinds.join()}`)
  for (const [name, { codec }] of Object.entries(inboxState))
    for (const row of outcome.patch[name as keyof typeof inboxState]?.values() ?? [])
      if (row !== undefined) codec.decode(codec.encode(row as never), codec.version)
}

export const inboxPayload: Target = {
  name: "inbox-payload",
  holds: "a payload that nobody sealed for this introduction is refused and changes nothing",
  form: "bytes",
  bytesMax: 4096,
  runs: 500,
  open: async () => {
    const { raya, flying, stored } = acquainted()
    return {
      seeds: [flying.payload],
      check(input) {
        const outcome = raya.peek({ kind: "receive", ...flying, payload: input.slice() })
        checkTaken(outcome)
        must((outcome.kind === "next") === (toHex(input) === toHex(flying.payload)), "a changed payload is accepted")
        must(storedOf(raya) === stored, "a step writes to its state")
      },
    }
  },
}

/** What the holder of an introduction seals with his own keys: the plaintext of the handshake. */
export const inboxPlaintext: Target = {
  name: "inbox-plaintext",
  holds: "whatever an introduction's holder seals is taken or refused, and a refusal changes nothing",
  form: "fields",
  bytesMax: 4096,
  runs: 200,
  open: async () => {
    const { saro, raya, using, flying, stored } = acquainted()
    const draws = new Draws(5)
    const framed = inboxFrameSeeds()
    const sealed = (plaintext: Uint8Array): void => {
      draws.restart()
      const payload = sealedByHolder(crypto, saro, raya, using, plaintext, draws.random)
      if (payload === undefined) return
      checkTaken(raya.peek({ kind: "receive", ...flying, payload }))
      must(storedOf(raya) === stored, "a step writes to its state")
    }
    return {
      // A byte for how it is filled up: 0 as the specification says, else not at all.
      seeds: [
        ...framed.map((frame) => concat(Uint8Array.of(0), frame)),
        concat(Uint8Array.of(1), padded(saro, counting(3), overheadBytes)),
      ],
      check(input) {
        const body = input.subarray(1)
        sealed(input[0] === 0 ? padded(saro, body, overheadBytes) : body.slice())
      },
    }
  },
}

import { text } from "@colloquy/content"
import { encodeEnvelope, type Participant, utf8 } from "@colloquy/core"
import { type Chain, type Ratchet, type RatchetRoot, sealMessage } from "@colloquy/crypto"
import { settle } from "../../../packages/client/test/support/manual-clock.js"
import { encodeContent, messages } from "../../../packages/conversation-private/src/frames.js"
import { suiteOf } from "../../../packages/conversation-private/src/keys.js"
import { pad } from "../../../packages/conversation-private/src/padding.js"
import { type Bond, privateState } from "../../../packages/conversation-private/src/state.js"
import { encodeContent as encodeSaid } from "@colloquy/content"
import { decodeSteps, encodeSteps, type Step } from "../engine/steps.js"
import { must, type Target } from "../target.js"
import { Returned, whileAway } from "./support/away.js"
import { crypto, Draws } from "./support/bytes.js"
import { privateFrameSeeds } from "./support/private.js"

/** A peer who seals what he likes, and a whole client that reads it: the body of a step is an SDS message, from 12 up time passes. */
export const clientPeer: Target = {
  name: "client-peer",
  holds: "whatever a friend seals, the client goes on, and all that it stored of it can be read",
  form: "steps",
  bytesMax: 16_384,
  runs: 20,
  open: async () => {
    const away = await whileAway()
    const draws = new Draws(11)
    const encoded = {
      root: privateState.root.codec.encode(away.saro["root"] as RatchetRoot),
      sending: privateState.sending.codec.encode(away.saro["sending"] as Chain),
    }
    const bond = away.saro["bond"] as Bond
    const link = away.saro["link"] as { readonly sequence: number; readonly lamport: number }
    const saro: Participant = bond.self
    /** A ratchet of its own for each execution, since sealing wipes what it supersedes. */
    const ratchetOf = (): Ratchet => ({
      root: privateState.root.codec.decode(encoded.root, 1),
      sending: privateState.sending.codec.decode(encoded.sending, 1),
      receiving: null,
    })
    const step = (message: Parameters<typeof messages.encode>[0]): Step => ({
      operation: 0,
      body: messages.encode(message),
    })
    const said = (frame: Uint8Array, at: number): Step =>
      step({ lamport: link.lamport + 1 + at, sequence: link.sequence + at, content: frame })
    const wait: Step = { operation: 12, body: Uint8Array.of(90) }
    return {
      seeds: [
        encodeSteps([said(encodeContent(encodeSaid(text("hello")), 0), 0), wait]),
        encodeSteps([said(encodeContent(utf8("no frame of content"), 5), 9), wait, wait]),
        encodeSteps(privateFrameSeeds().map((frame, at) => said(frame, at))),
        encodeSteps([
          step({ lamport: 2 ** 48 - 1, sequence: 2 ** 48 - 1, content: encodeContent(utf8("last"), 2 ** 48 - 1) }),
          step({ unavailable: [{ first: 0, last: 2 ** 47 }], requested: [{ first: 0, last: 9 }] }),
          wait,
        ]),
      ],
      async check(input) {
        draws.restart()
        const raya = new Returned(away)
        const client = await raya.open(away)
        let ratchet = ratchetOf()
        for (const { operation, body } of decodeSteps(input)) {
          if (operation % 16 >= 12) {
            await raya.clock.advance(1000 * (1 + (body[0] ?? 0)))
            continue
          }
          const padded = pad(body)
          const sealed = padded && sealMessage(suiteOf(crypto), ratchet, padded, bond.outgoing, draws.random)
          if (sealed === undefined) continue
          padded?.fill(0)
          ratchet = { root: sealed.root ?? ratchet.root, sending: sealed.sending, receiving: null }
          await raya.publish(away.topic, encodeEnvelope(sealed))
          await settle()
        }
        await settle()
        const counters = client.counters()
        for (const code of ["TYPE_FAULT", "TABLE_FULL", "EFFECT_MALFORMED", "EFFECT_MISPLACED", "STORE_BAD_RECORD"])
          must((counters[code] ?? 0) === 0, `the machine did what it may not: ${code}`)
        const { items } = await client.conversations.list({ limit: 100 })
        must(
          items.some(({ peer }) => peer === saro),
          "the conversation is gone",
        )
        for (const { id } of items)
          structuredClone(await (await client.conversations.get(id))?.messages({ limit: 100 }))
        const stop = new AbortController()
        const reading = (async () => {
          for await (const event of client.events({ signal: stop.signal })) structuredClone(event)
        })()
        await settle()
        stop.abort()
        await reading
        await client.storage()
        const sent = await (await client.conversations.get(away.conversation))?.send(text("still here"))
        must(sent !== undefined, "nothing can be sent any more")
        await client.close()
      },
    }
  },
}

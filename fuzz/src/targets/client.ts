import { text } from "@colloquy/content"
import { fromUtf8, toHex, type Topic, utf8 } from "@colloquy/core"
import { settle } from "../../../packages/client/test/support/manual-clock.js"
import { decodeSteps, encodeSteps } from "../engine/steps.js"
import { must, type Target } from "../target.js"
import { Returned, whileAway } from "./support/away.js"
import { FuzzError } from "../fuzz-error.js"

const otherTopic = "/colloquy/1/inbox-zz/proto" as Topic

/** Envelopes on Raya's topic, from 8 up on another; 6 and 7 let time pass. */
export const clientEnvelopes: Target = {
  name: "client-envelopes",
  holds: "hostile envelopes change nothing that is stored, and what a friend sends arrives after them",
  form: "steps",
  bytesMax: 16_384,
  runs: 40,
  open: async () => {
    const away = await whileAway()
    const control = new Returned(away)
    await control.open(away)
    const untouchedRecords = await control.records()
    await control.client.close()
    const genuine = new Set(away.sent.map(({ payload }) => toHex(payload)))
    const last = away.sent.at(-1)
    if (last === undefined) throw new FuzzError("TARGET", "nothing was sent")
    return {
      seeds: [
        ...away.sent.map(({ payload }) => encodeSteps([{ operation: 0, body: payload }])),
        encodeSteps(away.sent.map(({ payload }) => ({ operation: 8, body: payload }))),
        encodeSteps([...away.sent].reverse().map(({ payload }) => ({ operation: 0, body: payload.slice(0, 40) }))),
      ],
      async check(input) {
        const raya = new Returned(away)
        const client = await raya.open(away)
        let isGenuine = false
        for (const { operation, body } of decodeSteps(input)) {
          const isElsewhere = operation % 16 >= 8
          if (!isElsewhere && genuine.has(toHex(body))) isGenuine = true
          await raya.publish(isElsewhere ? otherTopic : away.topic, body)
          await settle()
        }
        await settle()
        must((client.counters()["TYPE_FAULT"] ?? 0) === 0, "a machine has thrown")
        if (!isGenuine) must((await raya.records()) === untouchedRecords, "what nobody sent changes the store")
        await raya.publish(last.topic, last.payload)
        await settle()
        await settle()
        const talk = await client.conversations.get(away.conversation)
        const { items } = (await talk?.messages({ limit: 100 })) ?? { items: [] }
        must(
          items.some(({ content: said }) => text.is(said) && said.text === "three"),
          "what a friend sends does not arrive",
        )
        await client.close()
      },
    }
  },
}

/** Whatever an application hands on as text. */
export const clientTexts: Target = {
  name: "client-texts",
  holds: "a cursor, an id or an introduction is taken or refused with its code",
  form: "text",
  bytesMax: 4096,
  runs: 100,
  open: async () => {
    const away = await whileAway()
    const raya = new Returned(away)
    const client = await raya.open(away)
    const talk = await client.conversations.get(away.conversation)
    const { next: list } = await client.conversations.list({ limit: 1 })
    const { next: page } = (await talk?.messages({ limit: 1 })) ?? { next: undefined }
    const seeds = ["0", "5", "1800000000000000", away.conversation, away.introduction, list ?? "", page ?? ""]
    return {
      seeds: seeds.map((seed) => utf8(seed)),
      async check(input) {
        const given = fromUtf8(input)
        if (given === undefined) return
        const stop = AbortSignal.abort()
        const calls: Readonly<Record<string, readonly [RegExp, () => Promise<unknown>]>> = {
          events: [/^BAD_CURSOR$|^CURSOR_EXPIRED$/, () => client.events({ after: given, signal: stop }).next()],
          list: [/^BAD_CURSOR$/, () => client.conversations.list({ after: given })],
          messages: [/^BAD_CURSOR$/, async () => talk?.messages({ before: given })],
          get: [/^BAD_CONVERSATION_ID$/, () => client.conversations.get(given)],
          message: [/^BAD_MESSAGE_ID$/, async () => talk?.message(given as never)],
          start: [/^INTRODUCTION_[A-Z]+$|^TYPE_UNKNOWN$|^NO_CARRIER$/, () => client.conversations.start(given)],
        }
        for (const [name, [codes, call]] of Object.entries(calls)) {
          const failure: unknown = await call().then(
            () => undefined,
            (error: unknown) => error,
          )
          const code = (failure as { code?: string } | undefined)?.code
          if (failure !== undefined)
            must(code !== undefined && codes.test(code), `${name} fails with ${String(failure)}`)
        }
      },
      close: () => client.close(),
    }
  },
}

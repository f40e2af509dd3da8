import { PrivateV1 } from "@colloquy/conversation-private"
import type { AnyConversationType, Shape } from "@colloquy/core"
import { chainCodec, ratchetRootCodec, skippedKeyCodec } from "@colloquy/crypto"
import { compactPieces, logPieces, publishedPieces, segmentPieces } from "@colloquy/reliability"
import { inboxState } from "../../../packages/conversation-inbox/src/state.js"
import { Account } from "../../../packages/conversation-inbox/test/accounts.js"
import { PublishedSide } from "../../../packages/reliability/test/published-side.js"
import type { Target } from "../target.js"
import { counting } from "./support/bytes.js"
import { pair } from "./support/private.js"
import { rowsOf } from "./support/rows.js"

const common = {
  holds: "a stored piece of state is read in the one form in which it is written, else refused as damaged",
  form: "bytes",
  bytesMax: 2048,
  runs: 5000,
} as const satisfies Partial<Target>

const privateType = PrivateV1 as AnyConversationType

export const privateRows: Target = {
  ...common,
  name: "private-rows",
  open: async () => {
    const { saro, raya } = pair({ long: true })
    const vocabulary = Object.fromEntries(
      Object.entries({ ...privateType.commands, ...privateType.notices }).map(([name, codec]) => [
        `said ${name}`,
        { kind: "cell", codec },
      ]),
    ) as Shape
    const residents = Object.fromEntries(
      Object.entries((privateType.resident?.state ?? {}) as Shape).map(([name, piece]) => [`resident ${name}`, piece]),
    ) as Shape
    const resident = Object.fromEntries(
      Object.entries(raya.resident.state).map(([name, value]) => [`resident ${name}`, value]),
    )
    const noticed = { "said reset": { by: saro.participant, reason: "restored" } }
    const shape = { ...(privateType.conversation?.state as Shape), ...vocabulary, ...residents }
    const old = { old: { untilMs: 5, incoming: counting(32), ratchet: { ...saro.talk.state } } }
    return rowsOf(shape, [saro.talk.state, { ...raya.talk.state, ...resident }, noticed, old])
  },
}

export const inboxRows: Target = {
  ...common,
  name: "inbox-rows",
  open: async () => {
    const [saro, raya] = [new Account(1), new Account(2)]
    const using = raya.introduce()
    raya.offer()
    const carried = saro.carry(raya, using)
    raya.introduce(undefined, counting(32, 77))
    raya.step({ kind: "receive", ...carried })
    return rowsOf(inboxState, [saro.state, raya.state])
  },
}

export const ratchetRows: Target = {
  ...common,
  name: "ratchet-rows",
  open: async () => {
    const { saro, raya } = pair({ long: true })
    const shape: Shape = {
      root: { kind: "cell", codec: ratchetRootCodec },
      sending: { kind: "cell", codec: chainCodec },
      receiving: { kind: "cell", codec: chainCodec },
      skipped: { kind: "table", codec: skippedKeyCodec, rowsMax: 1024 },
    }
    return rowsOf(shape, [saro.talk.state, raya.talk.state])
  },
}

export const reliabilityRows: Target = {
  ...common,
  name: "reliability-rows",
  open: async () => {
    const { saro, raya } = pair({ long: true })
    const sides: PublishedSide[] = []
    const random = (): number => 0.5
    const out = (bytes: Uint8Array, _: string, from: PublishedSide): void => {
      for (const side of sides) if (side !== from && bytes.length % 3 !== 0) side.receive(bytes, 1_800_000_000_000)
    }
    sides.push(new PublishedSide("saro", random, out), new PublishedSide("raya", random, out))
    for (const side of [...sides, ...sides, ...sides]) side.send(`from ${side.name}`, 1_800_000_000_000)
    for (const side of sides) side.wake(1_800_000_100_000)
    const log = logPieces({ idsMax: 100, messagesMax: 50 })
    const shape: Shape = { ...compactPieces, ...segmentPieces, ...publishedPieces, ...log }
    return rowsOf(shape, [
      saro.talk.state,
      raya.talk.state,
      ...sides.map(({ state, tables }) => ({ ...state, ...tables })),
    ])
  },
}

import {
  cell,
  type ConversationContext,
  defineConversationType,
  empty,
  fromHex,
  fromUtf8,
  type Hint,
  idsFromParticipants,
  inboxTopics,
  type Outcome,
  type Parcel,
  type ParcelKind,
  type Participant,
  type Patch,
  type Resident,
  type ResidentEffect,
  type ResidentInput,
  type State,
  table,
  toHex,
  type TypeId,
  utf8,
} from "@colloquy/core"
import { jsonCodec, jsonFrames } from "./json-frames.js"

const state = {
  carried: cell(jsonCodec<number>()),
  /** Introductions that are out, by the hint that leads to them. */
  waiting: table(jsonCodec<{ expiresAtMs: number }>(), 100),
}
type S = typeof state

export interface CarrierHooks {
  /** Instead of carrying. */
  readonly refuses?: () => string | undefined
  /** Hands over what it received twice. */
  readonly stutters?: boolean
}

/** Carries parcels in plain text and believes whatever a payload says about its sender. For tests only. */
export function unsafeCarrier(hooks: CarrierHooks = {}) {
  const resident: Resident<S> = {
    carries: true,
    start: (context) => ({
      kind: "next",
      conversation: context.conversationId({
        from: "participants",
        participants: [context.self.participant],
        discriminator: empty,
      }),
      patch: { carried: 0 },
      effects: [],
    }),
    step: (current, input, context) => step(current, input, context, hooks),
    routes: ({ waiting }, { self }) =>
      [...waiting.keys()].map((hint) => ({ topic: self.inboxTopic, hint: fromHex(hint) as Hint })),
  }
  return defineConversationType({
    specification: { title: "UNSAFE-CARRIER", document: "unsafe-carrier.md", version: 1 },
    encryption: { scheme: "none", consequences: "anyone reads and forges everything: for tests only" },
    frames: jsonFrames("Carried"),
    contentTopics: inboxTopics,
    conversationIds: idsFromParticipants(),
    residentState: state,
    resident,
  })
}

export const UnsafeCarrierV1 = unsafeCarrier()

function step(
  current: State<S>,
  input: ResidentInput,
  context: ConversationContext,
  hooks: CarrierHooks,
): Outcome<Patch<S>, ResidentEffect> {
  const { self, crypto } = context
  const hintOf = (digest: Uint8Array): Hint => crypto.hash(digest, 16) as Hint
  switch (input.kind) {
    case "offer":
      return { kind: "next", patch: {}, effects: [{ kind: "offered", offer: context.random(16) }] }
    case "introduced": {
      const hint = hintOf(input.introductionDigest)
      return {
        kind: "next",
        patch: { waiting: new Map([[toHex(hint), { expiresAtMs: input.expiresAtMs }]]) },
        effects: [{ kind: "listen", add: [{ topic: self.inboxTopic, hint }], drop: [] }],
      }
    }
    case "carry": {
      const code = hooks.refuses?.()
      if (code !== undefined) return { kind: "refused", code }
      const { using, parcel } = input
      if (using === undefined) return { kind: "refused", code: "INTRODUCTION_MISSING" }
      const payload = utf8(JSON.stringify({ from: self.participant, ...parcel, body: toHex(parcel.body) }))
      const hint = hintOf(using.introductionDigest)
      return {
        kind: "next",
        patch: { carried: current.carried + 1 },
        effects: [{ kind: "publish", topic: using.inboxTopic, hint, payload }],
      }
    }
    case "receive": {
      const name = toHex(input.hint ?? empty)
      if (input.hint === undefined || !current.waiting.has(name)) return { kind: "refused", code: "HINT_UNKNOWN" }
      const read = parcelFrom(input.payload)
      if (read === undefined) return { kind: "refused", code: "PARCEL_MALFORMED" }
      return {
        kind: "next",
        patch: { waiting: new Map([[name, undefined]]) },
        effects: [
          { kind: "handover", ...read },
          ...(hooks.stutters === true ? [{ kind: "handover" as const, ...read }] : []),
          { kind: "listen", add: [], drop: [{ topic: input.topic, hint: input.hint }] },
        ],
      }
    }
    default:
      return { kind: "refused", code: "NOT_SUPPORTED" }
  }
}

function parcelFrom(payload: Uint8Array): { readonly from: Participant; readonly parcel: Parcel } | undefined {
  try {
    const { from, type, kind, body } = JSON.parse(fromUtf8(payload) ?? "") as Record<string, string>
    const bytes = fromHex(body ?? "")
    if (bytes === undefined) return undefined
    return { from: from as Participant, parcel: { type: type as TypeId, kind: kind as ParcelKind, body: bytes } }
  } catch {
    return undefined
  }
}

import {
  concat,
  type ConversationContext,
  type Outcome,
  type ParcelInput,
  participantKey,
  type Patch,
  type Resident,
  type ResidentEffect,
  toHex,
} from "@colloquy/core"
import { boardRoot, keyBytes } from "./secrets.js"
import { type Offer, type ResidentState, type residentState } from "./state.js"

type ResidentPatch = Patch<typeof residentState>
type ResidentOutcome = Outcome<ResidentPatch, ResidentEffect>

/** BO1-1: makes a key for each introduction, keeps its secret half, and turns the one invite that uses it into a board. */
export const boardResident: Resident<typeof residentState> = {
  carries: false,
  // Nothing travels under this id, so it may be made of what everyone knows.
  start: (context) => ({
    kind: "next",
    conversation: context.conversationId({
      from: "secret",
      secret: context.crypto.hash(participantKey(context.self.participant), keyBytes),
    }),
    patch: {},
    effects: [],
  }),
  async step(state, input, context) {
    switch (input.kind) {
      case "offer":
        return offer(state, input.expiresAtMs, context)
      case "introduced":
        return { kind: "next", patch: {}, effects: [], ...deadline(state.offers.values()) }
      case "parcel":
        return accept(state, input, context)
      case "wake":
        return forgetExpired(state, context.nowMs)
      default:
        return { kind: "refused", code: "NOT_SUPPORTED" }
    }
  },
  routes: () => [],
}

function offer(state: ResidentState, expiresAtMs: number, context: ConversationContext): ResidentOutcome {
  const made = { seed: context.random(keyBytes), expiresAtMs }
  const { publicKey, secretKey } = context.crypto.agreementKeyPair(made.seed)
  context.crypto.wipe(secretKey)
  return {
    kind: "next",
    patch: { offers: new Map([[toHex(publicKey), made]]) },
    effects: [{ kind: "offered", offer: publicKey }],
    ...deadline([...state.offers.values(), made]),
  }
}

/** The invite begins with the offered key and the other's own. What is handed on has the root that follows from both instead. */
function accept(state: ResidentState, { from, parcel }: ParcelInput, context: ConversationContext): ResidentOutcome {
  const { crypto, self, nowMs } = context
  const { body } = parcel
  if (parcel.kind !== "invite" || body.length < 2 * keyBytes) return { kind: "refused", code: "INVITE_MALFORMED" }
  const [offerKey, ephemeralKey] = [body.subarray(0, keyBytes), body.subarray(keyBytes, 2 * keyBytes)]
  const row = toHex(offerKey)
  const found = state.offers.get(row)
  if (found === undefined) return { kind: "refused", code: "OFFER_UNKNOWN" }
  if (found.expiresAtMs <= nowMs) return { kind: "refused", code: "OFFER_EXPIRED" }
  const { secretKey } = crypto.agreementKeyPair(found.seed)
  const shared = crypto.agree(secretKey, ephemeralKey)
  crypto.wipe(secretKey)
  if (shared === undefined) return { kind: "refused", code: "INVITE_WEAK" }
  const root = boardRoot(crypto, shared, { initiator: from, responder: self.participant, offerKey, ephemeralKey })
  const invite = concat(root, body.subarray(2 * keyBytes))
  crypto.wipe(shared, root)
  const rest = [...state.offers].filter(([key]) => key !== row).map(([, other]) => other)
  return {
    kind: "next",
    patch: { offers: new Map([[row, undefined]]) },
    effects: [{ kind: "begin", from, invite }],
    wipe: [found.seed, invite],
    ...deadline(rest),
  }
}

function forgetExpired({ offers }: ResidentState, nowMs: number): ResidentOutcome {
  const expired = [...offers].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs)
  const rest = [...offers.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs)
  return {
    kind: "next",
    patch: { offers: new Map(expired.map(([row]) => [row, undefined])) },
    effects: [],
    wipe: expired.map(([, { seed }]) => seed),
    ...deadline(rest),
  }
}

function deadline(offers: Iterable<Offer>): { readonly wakeAtMs?: number } {
  const times = Array.from(offers, ({ expiresAtMs }) => expiresAtMs)
  return times.length === 0 ? {} : { wakeAtMs: Math.min(...times) }
}

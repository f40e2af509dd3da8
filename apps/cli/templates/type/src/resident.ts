import {
  assertLength,
  be64,
  type Codec,
  concat,
  type ConversationContext,
  fromBe64,
  type OfferInput,
  type Outcome,
  type ParcelInput,
  participantKey,
  type Patch,
  type Resident,
  type ResidentEffect,
  type State,
  table,
  toHex,
} from "@colloquy/core"
import { decodeInvite, encodeOffer } from "./frames.js"
import { secretBytes } from "./start.js"

interface Prekey {
  readonly secretKey: Uint8Array
  readonly expiresAtMs: number
}

const prekeyCodec: Codec<Prekey> = {
  version: 1,
  encode: ({ secretKey, expiresAtMs }) => concat(secretKey, be64(expiresAtMs)),
  decode(bytes) {
    assertLength(bytes, secretBytes + 8, "a stored prekey")
    return { secretKey: bytes.slice(0, secretBytes), expiresAtMs: fromBe64(bytes, secretBytes) }
  },
}

/** SK1-4: how many offers may be out at once. */
export const prekeysMax = 1024

/** By public key, in hexadecimal digits: deleting a row is the erasure. */
export const residentState = { prekeys: table(prekeyCodec, prekeysMax) }
type ResidentShape = typeof residentState
type ResidentOutcome = Outcome<Patch<ResidentShape>, ResidentEffect>

/** SK1-4: makes a prekey for each introduction, keeps its secret half, and turns the one invite that uses it into a conversation. */
export const resident: Resident<ResidentShape> = {
  carries: false,
  // Nothing travels under this id, so it may be made of what everyone knows.
  start: (context) => ({
    kind: "next",
    conversation: context.conversationId({
      from: "secret",
      secret: context.crypto.hash(participantKey(context.self.participant), 32),
    }),
    patch: {},
    effects: [],
  }),
  step(state, input, context) {
    switch (input.kind) {
      case "offer":
        return offer(state, input, context)
      case "introduced":
        return { kind: "next", patch: {}, effects: [], ...deadline(state.prekeys.values()) }
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

function offer(
  state: State<ResidentShape>,
  { expiresAtMs }: OfferInput,
  context: ConversationContext,
): ResidentOutcome {
  if (state.prekeys.size >= prekeysMax) return { kind: "refused", code: "OFFERS_FULL" }
  const seed = context.random(secretBytes)
  const { publicKey, secretKey } = context.crypto.agreementKeyPair(seed)
  context.crypto.wipe(seed)
  const prekey = { secretKey, expiresAtMs }
  return {
    kind: "next",
    patch: { prekeys: new Map([[toHex(publicKey), prekey]]) },
    effects: [{ kind: "offered", offer: encodeOffer({ prekey: publicKey }) }],
    ...deadline([...state.prekeys.values(), prekey]),
  }
}

function accept(
  { prekeys }: State<ResidentShape>,
  { from, parcel }: ParcelInput,
  { nowMs }: ConversationContext,
): ResidentOutcome {
  const invite = parcel.kind === "invite" ? decodeInvite(parcel.body) : undefined
  if (invite === undefined) return { kind: "refused", code: "INVITE_MALFORMED" }
  const row = toHex(invite.prekey)
  const prekey = prekeys.get(row)
  if (prekey === undefined || prekey.expiresAtMs <= nowMs) return { kind: "refused", code: "OFFER_UNKNOWN" }
  const begun = concat(prekey.secretKey, parcel.body)
  return {
    kind: "next",
    patch: { prekeys: new Map([[row, undefined]]) },
    effects: [{ kind: "begin", from, invite: begun }],
    wipe: [prekey.secretKey, begun],
    ...deadline([...prekeys].filter(([key]) => key !== row).map(([, other]) => other)),
  }
}

function forgetExpired({ prekeys }: State<ResidentShape>, nowMs: number): ResidentOutcome {
  const expired = [...prekeys].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs)
  return {
    kind: "next",
    patch: { prekeys: new Map(expired.map(([row]) => [row, undefined])) },
    effects: [],
    wipe: expired.map(([, { secretKey }]) => secretKey),
    ...deadline([...prekeys.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs)),
  }
}

function deadline(prekeys: Iterable<Prekey>): { readonly wakeAtMs?: number } {
  const times = Array.from(prekeys, ({ expiresAtMs }) => expiresAtMs)
  return times.length === 0 ? {} : { wakeAtMs: Math.min(...times) }
}

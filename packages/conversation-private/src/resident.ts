import {
  bytesCodec,
  cell,
  type Codec,
  ColloquyError,
  type Context,
  type OfferInput,
  type Outcome,
  type ParcelInput,
  type Patch,
  type Resident,
  type ResidentEffect,
  type State,
  table,
  toHex,
} from "@colloquy/core"
import { encodeAcceptance, refuseInvite } from "./accept.js"
import { decodeInvite, encodeOffer, prekeyIdBytes } from "./frames.js"
import { refused } from "./refusals.js"
import { typeId } from "./type-id.js"

const keyBytes = 32

/** How many offers may be out at once. */
export const prekeysMax = 4096

/** PV1-6: no prekey is kept longer, whatever was asked for. */
export const prekeyLifetimeMaxMs: number = 90 * 24 * 3_600_000

interface Prekey {
  readonly secretKey: Uint8Array
  readonly expiresAtMs: number
}

/** `LE64(expires) ‖ secret`, 40 bytes. */
const prekeyCodec: Codec<Prekey> = {
  version: 1,
  encode({ secretKey, expiresAtMs }) {
    const bytes = new Uint8Array(8 + keyBytes)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(expiresAtMs), true)
    bytes.set(secretKey, 8)
    return bytes
  },
  decode(bytes, version) {
    const expiresAtMs =
      bytes.length === 8 + keyBytes
        ? Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
        : Number.NaN
    if (version !== 1 || !Number.isSafeInteger(expiresAtMs))
      throw new ColloquyError("STATE_DAMAGED", "a prekey is not what its codec wrote")
    return { secretKey: bytes.slice(8), expiresAtMs }
  },
}

/** `secret` makes the resident's own id; the prekeys stand by their id in hexadecimal digits. */
export const residentState = {
  secret: cell(bytesCodec),
  prekeys: table(prekeyCodec, prekeysMax),
}

type ResidentShape = typeof residentState
type ResidentState = State<ResidentShape>
type ResidentOutcome = Outcome<Patch<ResidentShape>, ResidentEffect>

/** Makes offers, keeps their secret prekeys, and turns each into one conversation at most. */
export const resident: Resident<ResidentShape> = {
  carries: false,
  start(context) {
    const secret = context.random(keyBytes)
    return {
      kind: "next",
      conversation: context.conversationId({ from: "secret", secret }),
      patch: { secret, prekeys: new Map() },
      effects: [],
    }
  },
  step(state, input, context) {
    switch (input.kind) {
      case "offer":
        return offer(state, input, context)
      case "parcel":
        return parcel(state, input, context)
      case "introduced":
        return next(state, new Map(), [])
      case "wake":
        return wake(state, context)
      case "receive":
      case "carry":
        return refused("PV1_UNEXPECTED")
    }
  },
  routes: () => [],
}

/** PV1-6: a fresh prekey for each introduction. */
function offer(state: ResidentState, { expiresAtMs }: OfferInput, context: Context): ResidentOutcome {
  if (state.prekeys.size >= prekeysMax) return refused("PV1_OFFERS_FULL")
  const seed = context.random(keyBytes)
  const { secretKey, publicKey } = context.crypto.agreementKeyPair(seed)
  context.crypto.wipe(seed)
  const prekeyId = context.random(prekeyIdBytes)
  const prekey = { secretKey, expiresAtMs: Math.floor(Math.min(expiresAtMs, context.nowMs + prekeyLifetimeMaxMs)) }
  return next(state, new Map([[toHex(prekeyId), prekey]]), [
    { kind: "offered", offer: encodeOffer({ prekeyId, prekey: publicKey }) },
  ])
}

/** PV1-13: the prekey is gone with the step that accepts the invite, so that no invite is accepted twice. */
function parcel(state: ResidentState, { from, parcel }: ParcelInput, context: Context): ResidentOutcome {
  if (parcel.type !== typeId || parcel.kind !== "invite") return refused("PV1_UNEXPECTED")
  const invite = decodeInvite(parcel.body)
  if (invite === undefined) return refused("PV1_INVITE")
  context.crypto.wipe(invite.seed)
  const refusal = refuseInvite(invite, { from }, context)
  if (refusal !== undefined) return refusal
  const row = toHex(invite.prekeyId)
  const prekey = state.prekeys.get(row)
  if (prekey === undefined || prekey.expiresAtMs <= context.nowMs) return refused("PV1_PREKEY")
  const acceptance = encodeAcceptance(prekey.secretKey, parcel.body)
  const begin: ResidentEffect = { kind: "begin", from, invite: acceptance }
  return next(
    state,
    new Map([[row, undefined]]),
    [invite.reset === undefined ? begin : { ...begin, conversation: invite.reset.conversation }],
    [prekey.secretKey, acceptance],
  )
}

function wake(state: ResidentState, { nowMs }: Context): ResidentOutcome {
  const expired = [...state.prekeys].filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs)
  return next(
    state,
    new Map(expired.map(([row]) => [row, undefined])),
    [],
    expired.map(([, { secretKey }]) => secretKey),
  )
}

function next(
  state: ResidentState,
  prekeys: ReadonlyMap<string, Prekey | undefined>,
  effects: readonly ResidentEffect[],
  wipe: readonly Uint8Array[] = [],
): ResidentOutcome {
  const rows = new Map<string, Prekey | undefined>([...state.prekeys, ...prekeys])
  const deadlines = [...rows.values()].flatMap((prekey) => (prekey === undefined ? [] : [prekey.expiresAtMs]))
  return {
    kind: "next",
    patch: prekeys.size === 0 ? {} : { prekeys },
    effects,
    wipe,
    ...(deadlines.length === 0 ? {} : { wakeAtMs: Math.min(...deadlines) }),
  }
}

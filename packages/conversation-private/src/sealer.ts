import type { Context, ListenEffect, MessageId, PublishEffect } from "@colloquy/core"
import { advanceSending, type Ratchet, type RatchetSealed, sealMessage } from "@colloquy/crypto"
import type { CompactPublication, SdsMessage } from "@colloquy/reliability"
import { messages } from "./frames.js"
import { expectedNumbers } from "./hint-window.js"
import { suiteOf } from "./keys.js"
import { pad, smallestBucket } from "./padding.js"
import { listenAfterTurn } from "./routes.js"
import type { Beacon, Bond, Draft } from "./state.js"

/** PV1-22: of a chain that the peer has not answered. He derives 131,072 keys at most, so beyond he would never hear us again. */
export const chainNumbersMax = 131_000
const fromStart = expectedNumbers(0)
/** The furthest number that is expected in a chain of which nothing has arrived. What stands there is kept, to be published again. */
const beaconNumber = fromStart.at(-1) as number
/** What the peer expects, whatever else of the chain has arrived: from the start, and once he has heard the beacon. */
const alwaysExpected: readonly number[] = [...fromStart, ...expectedNumbers(beaconNumber + 1)].filter(
  (number) => number < chainNumbersMax,
)

/** Encrypts the messages of one step, one after the other, and gathers what comes of it. */
export class Sealer {
  readonly publish: PublishEffect[] = []
  /** Superseded buffers, for after the commit. */
  readonly wipe: Uint8Array[] = []
  readonly #bond: Bond
  readonly #context: Context
  #ratchet: Ratchet
  #turned = false
  #changed = false
  #beacon: Beacon | null
  #beaconChanged = false

  constructor(bond: Bond, ratchet: Ratchet, beacon: Beacon | null, context: Context) {
    this.#bond = bond
    this.#ratchet = ratchet
    this.#beacon = beacon
    this.#context = context
  }

  /** `undefined` when the chain may have no more numbers. `message` is named to the outbox. */
  seal(publication: CompactPublication, message?: MessageId): Beacon | undefined {
    const { crypto, random } = this.#context
    const { kind } = publication
    if (kind === "probe") this.reach()
    if (kind === "probe" || kind === "sync") this.#repeat()
    if ((this.#ratchet.sending?.next ?? 0) >= chainNumbersMax) return undefined
    const encoded = kind === "sync" ? encodeSmall(publication.message) : messages.encode(publication.message)
    // Content and parcels are bounded so that every encoding fits the largest bucket.
    const plaintext = pad(encoded) as Uint8Array
    const sealed = sealMessage(suiteOf(crypto), this.#ratchet, plaintext, this.#bond.outgoing, random)
    crypto.wipe(encoded, plaintext)
    if (sealed === undefined) return undefined
    const { root, sending, superseded } = sealed
    for (const buffer of superseded) this.wipe.push(buffer)
    if (root !== undefined) {
      this.#turned = true
      this.#keep(null)
    } else if (sending.next === beaconNumber + 1) this.#keep(sealed)
    this.#ratchet = { root: root ?? this.#ratchet.root, sending, receiving: this.#ratchet.receiving }
    this.#changed = true
    const { hint, payload } = sealed
    const topic = this.#bond.peerTopic
    if (kind === "probe" || kind === "sync")
      this.publish.push({ kind: "publish", topic, hint, payload, replaces: kind })
    else if (message === undefined) this.publish.push({ kind: "publish", topic, hint, payload })
    else this.publish.push({ kind: "publish", topic, hint, payload, message })
    return sealed
  }

  /** PV1-22: goes on to the next number that the peer expects, whatever he has missed of the chain, if there is one. */
  reach(): void {
    const { sending } = this.#ratchet
    if (sending === null) return
    const number = alwaysExpected.find((expected) => expected >= sending.next)
    if (number === undefined || number === sending.next) return
    this.wipe.push(sending.key)
    this.#ratchet = { ...this.#ratchet, sending: advanceSending(suiteOf(this.#context.crypto), sending, number) }
    this.#changed = true
  }

  /** PV1-22: beyond the beacon, who has missed everything hears only the beacon. */
  #repeat(): void {
    const { sending } = this.#ratchet
    if (this.#beacon === null || (sending?.next ?? 0) <= beaconNumber) return
    const { hint, payload } = this.#beacon
    this.publish.push({
      kind: "publish",
      topic: this.#bond.peerTopic,
      hint: hint as RatchetSealed["hint"],
      payload,
      replaces: "beacon",
    })
  }

  /** Writes into a patch what has changed. */
  patchInto(patch: Draft): void {
    if (this.#turned) patch.root = this.#ratchet.root
    if (this.#changed) patch.sending = this.#ratchet.sending
    if (this.#beaconChanged) patch.beacon = this.#beacon
  }

  /** What to listen for since the peer can answer with a chain of his. */
  get listen(): ListenEffect | undefined {
    if (!this.#turned) return undefined
    return listenAfterTurn(
      suiteOf(this.#context.crypto),
      this.#ratchet.root.nextReceivingHeaderKey,
      this.#bond.ownTopic,
    )
  }

  #keep(beacon: Beacon | null): void {
    if (this.#beacon === null && beacon === null) return
    this.#beacon = beacon === null ? null : { hint: beacon.hint, payload: beacon.payload }
    this.#beaconChanged = true
  }
}

/** PV1-42: a message without content fits the smallest bucket; of many ranges it names the newest. */
function encodeSmall(message: SdsMessage): Uint8Array {
  let { acknowledged = [] } = message
  let encoded = messages.encode(message)
  while (encoded.length >= smallestBucket && acknowledged.length > 1) {
    acknowledged = acknowledged.slice(Math.ceil(acknowledged.length / 4))
    encoded = messages.encode({ ...message, acknowledged })
  }
  return encoded
}

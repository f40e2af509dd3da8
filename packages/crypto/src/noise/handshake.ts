import {
  agreementKeyBytes,
  assertLength,
  ColloquyError,
  concat,
  type Crypto,
  empty,
  kemCiphertextBytes,
  kemPublicKeyBytes,
  type KeyPair,
  tagBytes,
} from "@colloquy/core"
import type { NoiseCipherState } from "./cipher-state.js"
import type { NoiseKeyToken, NoiseMixToken, NoisePattern, NoiseRole } from "./pattern.js"
import { NoiseSymmetricState } from "./symmetric-state.js"

/** A static key whose secret may live elsewhere: it only has to agree. */
export interface NoiseStaticKey {
  readonly publicKey: Uint8Array
  /** 32 bytes, which the caller owns; `undefined` for a public key of low order. */
  agree(publicKey: Uint8Array): Uint8Array | undefined
}

export interface NoiseHandshakeOptions {
  readonly pattern: NoisePattern
  readonly role: NoiseRole
  readonly crypto: Crypto
  /** 32 bytes for each `e` and each `ekem1` that this side sends, 64 for each `e1`, in the order of the tokens. */
  readonly random: (bytes: number) => Uint8Array
  readonly prologue?: Uint8Array
  /** `static` whenever the pattern has it; `ephemeral` and `kem` only when they are pre-messages. The caller keeps owning them. */
  readonly local?: { readonly static?: NoiseStaticKey; readonly ephemeral?: KeyPair; readonly kem?: KeyPair }
  /** The other side's pre-messages: 32, 32 and 1,184 bytes. */
  readonly remote?: { readonly static?: Uint8Array; readonly ephemeral?: Uint8Array; readonly kem?: Uint8Array }
}

export type NoiseRefusal =
  /** Longer than Noise's 65,535 bytes. */
  | "NOISE_TOO_LONG"
  | "NOISE_TRUNCATED"
  | "NOISE_NOT_AUTHENTIC"
  /** A public key of low order: the result would be known to everyone. */
  | "NOISE_LOW_ORDER_KEY"
  /** A KEM key that is not canonical. */
  | "NOISE_BAD_KEM_KEY"

interface NoiseRefused {
  readonly kind: "refused"
  readonly code: NoiseRefusal
}

export const noiseMessageBytesMax = 65_535

/**
 * One side of a Noise handshake, without I/O: `write` and `read` in the pattern's turns, then `finish`. What is wrong with the other side's bytes
 * or keys is a result; after a refusal the secrets are gone and every call throws `NOISE_FAILED`. A call out of turn throws `NOISE_OUT_OF_TURN`
 * and changes nothing. Keys that don't fit the pattern throw `NOISE_BAD_KEYS`, of a wrong length `BAD_LENGTH`.
 */
export class NoiseHandshake {
  readonly #crypto: Crypto
  readonly #random: (bytes: number) => Uint8Array
  readonly #pattern: NoisePattern
  readonly #role: NoiseRole
  readonly #symmetric: NoiseSymmetricState
  readonly #static: NoiseStaticKey | undefined
  #ephemeral: KeyPair | undefined
  #kem: KeyPair | undefined
  #remoteStatic: Uint8Array | undefined
  #remoteEphemeral: Uint8Array | undefined
  #remoteKem: Uint8Array | undefined
  readonly #owned: Uint8Array[] = []
  #turn = 0
  #state: "running" | "failed" | "finished" = "running"

  constructor(options: NoiseHandshakeOptions) {
    const { pattern, role, crypto, random, prologue = empty, local = {}, remote = {} } = options
    assertKeys(options)
    this.#crypto = crypto
    this.#random = random
    this.#pattern = pattern
    this.#role = role
    this.#static = local.static
    this.#ephemeral = local.ephemeral
    this.#kem = local.kem
    this.#remoteStatic = remote.static?.slice()
    this.#remoteEphemeral = remote.ephemeral?.slice()
    this.#remoteKem = remote.kem?.slice()
    this.#symmetric = new NoiseSymmetricState(crypto, pattern.protocolName)
    this.#symmetric.mixHash(prologue)
    for (const side of ["initiator", "responder"] as const)
      for (const token of pattern.preMessages[side]) this.#symmetric.mixHash(this.#publicKey(token, side === role))
  }

  /** Every message of the pattern has been written or read. */
  get complete(): boolean {
    return this.#state === "running" && this.#turn === this.#pattern.messages.length
  }

  /** The other side's static key, 32 bytes, in a new buffer, once it is known. It is proved only when a later message has been read. */
  get remoteStatic(): Uint8Array | undefined {
    return this.#remoteStatic?.slice()
  }

  write(payload: Uint8Array): { readonly kind: "message"; readonly message: Uint8Array } | NoiseRefused {
    const parts: Uint8Array[] = []
    for (const token of this.#take(this.#role)) {
      if (token === "e" || token === "s" || token === "e1") parts.push(this.#sendKey(token))
      else if (token === "ekem1") {
        const encapsulated = this.#crypto.kemEncapsulate(this.#remoteKem as Uint8Array, this.#drawn(32))
        if (encapsulated === undefined) return this.#refuse("NOISE_BAD_KEM_KEY")
        parts.push(this.#symmetric.encryptAndHash(encapsulated.ciphertext))
        this.#symmetric.mixKey(encapsulated.secret)
      } else if (!this.#agree(token)) return this.#refuse("NOISE_LOW_ORDER_KEY")
    }
    const sealedBytes = payload.length + (this.#symmetric.hasKey ? tagBytes : 0)
    if (parts.reduce((sum, part) => sum + part.length, sealedBytes) > noiseMessageBytesMax)
      return this.#refuse("NOISE_TOO_LONG")
    parts.push(this.#symmetric.encryptAndHash(payload))
    return { kind: "message", message: concat(...parts) }
  }

  /** The payload is the caller's. */
  read(message: Uint8Array): { readonly kind: "payload"; readonly payload: Uint8Array } | NoiseRefused {
    const tokens = this.#take(this.#role === "initiator" ? "responder" : "initiator")
    if (message.length > noiseMessageBytesMax) return this.#refuse("NOISE_TOO_LONG")
    let rest = message
    for (const token of tokens) {
      if (token === "e" || token === "s" || token === "e1" || token === "ekem1") {
        const bytes = this.#receivedBytes(token)
        if (rest.length < bytes) return this.#refuse("NOISE_TRUNCATED")
        const part = rest.subarray(0, bytes)
        rest = rest.subarray(bytes)
        const opened = token === "e" ? this.#hashed(part) : this.#symmetric.decryptAndHash(part)
        if (opened === undefined) return this.#refuse("NOISE_NOT_AUTHENTIC")
        if (token === "e") this.#remoteEphemeral = opened
        else if (token === "s") this.#remoteStatic = opened
        else if (token === "e1") this.#remoteKem = opened
        else this.#symmetric.mixKey(this.#crypto.kemDecapsulate((this.#kem as KeyPair).secretKey, opened))
      } else if (!this.#agree(token)) return this.#refuse("NOISE_LOW_ORDER_KEY")
    }
    if (this.#symmetric.hasKey && rest.length < tagBytes) return this.#refuse("NOISE_TRUNCATED")
    const payload = this.#symmetric.decryptAndHash(rest)
    return payload === undefined ? this.#refuse("NOISE_NOT_AUTHENTIC") : { kind: "payload", payload }
  }

  /**
   * The transport, and the hash of 64 bytes that names this handshake. Once, after `complete`; the handshake's own secrets are then overwritten.
   * A one-way pattern lets only the initiator send.
   */
  finish(): {
    readonly send: NoiseCipherState | undefined
    readonly receive: NoiseCipherState | undefined
    readonly handshakeHash: Uint8Array
  } {
    this.#assertRunning()
    if (!this.complete) throw new ColloquyError("NOISE_OUT_OF_TURN", "the handshake is not complete")
    const [first, second] = this.#symmetric.split()
    const handshakeHash = this.#symmetric.handshakeHash()
    this.#end("finished")
    const initiator = this.#role === "initiator"
    if (this.#pattern.oneWay) second.wipe()
    const back = this.#pattern.oneWay ? undefined : second
    return { send: initiator ? first : back, receive: initiator ? back : first, handshakeHash }
  }

  /** Overwrites every secret that the handshake owns. What `finish` returned stays usable. */
  wipe(): void {
    if (this.#state === "running") this.#end("failed")
  }

  #take(from: NoiseRole): NoisePattern["messages"][number]["tokens"] {
    this.#assertRunning()
    const message = this.#pattern.messages[this.#turn]
    if (message?.from !== from) throw new ColloquyError("NOISE_OUT_OF_TURN", "it is not the turn for this call")
    this.#turn++
    return message.tokens
  }

  #sendKey(token: NoiseKeyToken): Uint8Array {
    if (token === "e") {
      this.#ephemeral = this.#own(this.#crypto.agreementKeyPair(this.#drawn(agreementKeyBytes)))
      return this.#hashed(this.#ephemeral.publicKey)
    }
    if (token === "e1") this.#kem = this.#own(this.#crypto.kemKeyPair(this.#drawn(64)))
    return this.#symmetric.encryptAndHash(this.#publicKey(token, true))
  }

  /** `e` is hashed and never encrypted, unlike the other keys. */
  #hashed(publicKey: Uint8Array): Uint8Array {
    this.#symmetric.mixHash(publicKey)
    return publicKey.slice()
  }

  #agree(token: Exclude<NoiseMixToken, "ekem1">): boolean {
    const [mine, theirs] = this.#role === "initiator" ? [token[0], token[1]] : [token[1], token[0]]
    const remote = (theirs === "s" ? this.#remoteStatic : this.#remoteEphemeral) as Uint8Array
    const shared =
      mine === "s"
        ? (this.#static as NoiseStaticKey).agree(remote)
        : this.#crypto.agree((this.#ephemeral as KeyPair).secretKey, remote)
    if (shared === undefined) return false
    this.#symmetric.mixKey(shared)
    return true
  }

  #receivedBytes(token: NoiseKeyToken | "ekem1"): number {
    if (token === "e") return agreementKeyBytes
    const bytes = token === "s" ? agreementKeyBytes : token === "e1" ? kemPublicKeyBytes : kemCiphertextBytes
    return bytes + (this.#symmetric.hasKey ? tagBytes : 0)
  }

  #publicKey(token: NoiseKeyToken, mine: boolean): Uint8Array {
    if (mine) {
      const local = { e: this.#ephemeral, e1: this.#kem, s: this.#static }
      return (local[token] as { readonly publicKey: Uint8Array }).publicKey
    }
    return { e: this.#remoteEphemeral, e1: this.#remoteKem, s: this.#remoteStatic }[token] as Uint8Array
  }

  #drawn(bytes: number): Uint8Array {
    const random = this.#random(bytes)
    this.#owned.push(random)
    return random
  }

  #own(pair: KeyPair): KeyPair {
    this.#owned.push(pair.secretKey)
    return pair
  }

  #refuse(code: NoiseRefusal): NoiseRefused {
    this.#end("failed")
    return { kind: "refused", code }
  }

  #end(state: "failed" | "finished"): void {
    this.#state = state
    this.#symmetric.wipe()
    this.#crypto.wipe(...this.#owned)
    this.#ephemeral = undefined
    this.#kem = undefined
  }

  #assertRunning(): void {
    if (this.#state === "failed")
      throw new ColloquyError("NOISE_FAILED", "this handshake has failed and can't be used again")
    if (this.#state === "finished") throw new ColloquyError("NOISE_OUT_OF_TURN", "this handshake is finished")
  }
}

function assertKeys({ pattern, role, local = {}, remote = {} }: NoiseHandshakeOptions): void {
  const other = role === "initiator" ? "responder" : "initiator"
  const mine = pattern.preMessages[role]
  const theirs = pattern.preMessages[other]
  const needsStatic =
    mine.includes("s") || pattern.messages.some(({ from, tokens }) => from === role && tokens.includes("s"))
  const pairs = [
    [local.static, needsStatic],
    [local.ephemeral, mine.includes("e")],
    [local.kem, mine.includes("e1")],
    [remote.static, theirs.includes("s")],
    [remote.ephemeral, theirs.includes("e")],
    [remote.kem, theirs.includes("e1")],
  ] as const
  if (pairs.some(([key, wanted]) => (key !== undefined) !== wanted))
    throw new ColloquyError("NOISE_BAD_KEYS", "the keys given are not those that the pattern wants beforehand")
  if (remote.static !== undefined) assertLength(remote.static, agreementKeyBytes, "a remote static key")
  if (remote.ephemeral !== undefined) assertLength(remote.ephemeral, agreementKeyBytes, "a remote ephemeral key")
  if (remote.kem !== undefined) assertLength(remote.kem, kemPublicKeyBytes, "a remote KEM key")
}

import type { Brand } from "../brand.js"
import { fromHex, toHex } from "../bytes.js"
import { ColloquyError } from "../errors.js"

/** An identity: its Ed25519 public key as 64 lower-case hexadecimal digits, so that sorting the text sorts the keys bytewise. */
export type Participant = Brand<string, "Participant">

/** The participant with this Ed25519 public key of 32 bytes; throws `BAD_PARTICIPANT` for another length. */
export function participantFromKey(publicKey: Uint8Array): Participant {
  if (publicKey.length !== 32)
    throw new ColloquyError("BAD_PARTICIPANT", `an identity key has 32 bytes, this one has ${publicKey.length}`)
  return toHex(publicKey) as Participant
}

/** The Ed25519 public key, 32 bytes, in a new buffer. */
export function participantKey(participant: Participant): Uint8Array {
  const key = fromHex(participant)
  if (key?.length !== 32)
    throw new ColloquyError("BAD_PARTICIPANT", "a participant is 64 lower-case hexadecimal digits")
  return key
}

/** Throws `BAD_PARTICIPANT` unless the text is 64 lower-case hexadecimal digits. */
export function parseParticipant(text: string): Participant {
  participantKey(text as Participant)
  return text as Participant
}

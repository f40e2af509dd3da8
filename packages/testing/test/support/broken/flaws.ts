import type { GuaranteeName } from "@colloquy/core"

/** What can be wrong with a sample type, the guarantee that it breaks, and what is done wrong. */
export const flaws = {
  "plaintext": ["confidentiality", "the text is authenticated and not encrypted"],
  "key-on-wire": ["confidentiality", "each payload brings its own key"],
  "public-seed": ["confidentiality", "keys are derived from the two identities"],
  "public-seed-static": ["confidentiality", "the same, without a ratchet"],
  "malleable": ["integrity", "a stream of key bytes without a tag"],
  "ignores-tail": ["integrity", "the last four bytes are read by nobody"],
  "writes-on-refusal": ["integrity", "a payload that does not open moves the chain on"],
  "trusts-name": ["sender-authentication", "the invite says who sends it, and the carrier is not asked"],
  "open-invite": ["mutual-authentication", "the invite is published for everybody to read and answer"],
  "echo": ["sender-authentication", "both directions have the same keys and hints"],
  "reuses-offers": ["sender-authentication", "an offer is good for ever"],
  "identity-in-payload": ["sender-privacy", "the sender's key stands in each payload"],
  "identity-hash": ["sender-privacy", "a hash of the sender's key and the nonce stands in each payload"],
  "sender-tag": ["sender-privacy", "eight bytes of a secret of each sender stand in each payload"],
  "counter-hint": ["unlinkability", "the hint is the message's number"],
  "counter-inside": ["unlinkability", "the message's number stands in the clear in four bytes"],
  "conversation-tag": ["unlinkability", "two bytes in the clear are the same for the whole conversation"],
  "direction-bit": ["unlinkability", "one bit in the clear says who is speaking"],
  "unpadded": ["length-hiding", "the text is sealed as long as it is"],
  "pads-to-16": ["length-hiding", "the text is padded to a multiple of 16 bytes"],
  "static-chain": ["forward-secrecy", "a chain has one key for all of its messages"],
  "keeps-keys": ["forward-secrecy", "message keys are kept"],
  "keeps-roots": ["forward-secrecy", "root and chain keys that were replaced are kept"],
  "keeps-seed": ["forward-secrecy", "the seed of the conversation is kept"],
  "keeps-in-hex": ["forward-secrecy", "message keys are kept in hexadecimal digits, in the names of rows"],
  "keeps-skipped": ["forward-secrecy", "keys of payloads that never came are kept for ever"],
  "no-dh": ["post-compromise-security", "new chains come from the root alone"],
  "same-key-pair": ["post-compromise-security", "each side goes on with its first key pair"],
  "derived-key-pairs": ["post-compromise-security", "new key pairs are derived from the root"],
  "signs": ["deniability", "each text is signed by its sender"],
  "signs-hash": ["deniability", "a hash of each text is signed by its sender"],
  "keeps-open": ["replay-protection", "what was opened can be opened again"],
  "unbound": ["channel-binding", "two conversations of the same people have the same keys"],
  "unbound-topic": ["channel-binding", "the topic is bound to nothing"],
  "mirror": ["channel-binding", "both directions have the same keys"],
  "silent": ["dropped-message-observability", "nothing is acknowledged or missed"],
  "acknowledges-all": ["dropped-message-observability", "the highest number that came acknowledges all before it"],
  "classical": ["post-quantum-confidentiality", "the seed is one X25519 result"],
  "arrival-order": ["ordering", "each side counts what it hears in the order of arrival"],
  "deaf-clock": ["ordering", "one's own count takes no notice of what one hears"],
} as const satisfies Readonly<Record<string, readonly [GuaranteeName, string]>>

/** `own-derivation` is none: message keys are computed by means that no record of operations shows. */
export type Flaw = keyof typeof flaws | "own-derivation"
export type Flaws = ReadonlySet<Flaw>

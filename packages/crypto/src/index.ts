export { type Identity, identityFromSeed } from "./identity.js"
export { loadCrypto } from "./load-crypto.js"
export { loadWasmCrypto } from "./load-wasm-crypto.js"
export type { NoiseCipherState } from "./noise/cipher-state.js"
export {
  NoiseHandshake,
  type NoiseHandshakeOptions,
  noiseMessageBytesMax,
  type NoiseRefusal,
  type NoiseStaticKey,
} from "./noise/handshake.js"
export {
  type NoiseKeyToken,
  type NoiseMixToken,
  type NoisePattern,
  noisePattern,
  type NoiseRole,
  type NoiseToken,
} from "./noise/pattern.js"
export { type NoisePatternName, noisePatternNames, standardNoisePattern } from "./noise/standard-patterns.js"
export { systemRandom } from "./random.js"
export { type RatchetSuite, ratchetHint, ratchetSuite } from "./ratchet/key-schedule.js"
export {
  openMessage,
  type RatchetArrival,
  type RatchetOpened,
  type RatchetPosition,
  type RatchetRefused,
  ratchetStepsMax,
} from "./ratchet/open.js"
export { advanceSending, ratchetOverheadBytes, type RatchetSealed, sealMessage } from "./ratchet/seal.js"
export { skippedKeyLifetimeMs, skippedKeysMax, sweepSkippedKeys } from "./ratchet/skipped-keys.js"
export { acceptRatchet, initiateRatchet, type RatchetSecrets } from "./ratchet/start.js"
export type {
  Chain,
  HeaderKeys,
  OwnKeys,
  Ratchet,
  RatchetRoot,
  SkippedKey,
  SkippedKeys,
  SkippedPatch,
} from "./ratchet/state.js"
export { chainCodec, ratchetRootCodec, skippedKeyCodec } from "./ratchet/state-codec.js"

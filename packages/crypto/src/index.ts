export { type Identity, identityFromSeed } from "./identity.js"
export { loadCrypto } from "./load-crypto.js"
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

export { loadCrypto } from "./load-crypto.js"
export { systemRandom } from "./random.js"

/** What `#fastest` is where there are no addons. */
export { loadWasmCrypto as loadFastest } from "./load-wasm-crypto.js"

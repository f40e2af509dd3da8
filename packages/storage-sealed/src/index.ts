export { changeUnlock } from "./change-unlock.js"
export { sealedStorage, sealedValueBytesMax } from "./sealed-storage.js"
export type { SealingEnvironment } from "./sealing-environment.js"
export { defaultPasswordCost, passphrase, passwordCostLimits, rawKey, type Unlock } from "./unlock.js"

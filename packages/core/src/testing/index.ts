export type { ConformanceCase } from "./conformance-case.js"
export type { StorageFixture } from "./storage-bench.js"
export { storageConformance, type StorageConformanceOptions } from "./storage-conformance.js"
export { type DeliveryControls, type DeliveryEnvironment, deliveryConformance } from "./delivery-conformance.js"

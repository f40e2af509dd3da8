import type { Write } from "@colloquy/core"

export const batchesKept: number
export const recordsPerBatch: number
export const lastKey: Uint8Array
export function batchOf(number: number): Write[]

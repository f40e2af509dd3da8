import { ColloquyError, type TypeId } from "@colloquy/core"
import type { Settled } from "./work.js"

/** The error for what a type refused: its code is the type's. */
export function refusal(type: TypeId, settled: Pick<Settled, "code">): ColloquyError {
  return new ColloquyError(settled.code ?? "REFUSED", `${type} refused: ${settled.code ?? "no reason given"}`)
}

import type { AnyConversationType } from "@colloquy/core"
import type { Flow } from "@colloquy/specification"
import { recordFlow } from "@colloquy/testing"
import { builtInTypes } from "colloquy"

/** How two people of a type converse; `undefined` where the laboratory can't tell: a type may need more than an introduction and a start. */
export async function flowOf(type: AnyConversationType): Promise<Flow | undefined> {
  const beside = builtInTypes.filter(({ id }) => id !== type.id)
  try {
    const flow = await recordFlow(type, beside)
    return flow.arrows.length === 0 ? undefined : flow
  } catch {
    return undefined
  }
}

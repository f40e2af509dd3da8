import type { AnyConversationType } from "@colloquy/core"
import type { Flow } from "@colloquy/specification"
import type { ConversationTypeFixture } from "@colloquy/testing"
import { builtInTypes } from "colloquy"
import { recordFlow } from "./record-flow.js"

/** How two people of a type converse; `undefined` where the laboratory can't tell without its author's help. */
export async function flowOf(type: AnyConversationType, fixture?: ConversationTypeFixture): Promise<Flow | undefined> {
  const beside = builtInTypes.filter(({ id }) => id !== type.id)
  try {
    const flow = await recordFlow(type, fixture ?? { beside })
    return flow.arrows.length === 0 ? undefined : flow
  } catch {
    return undefined
  }
}

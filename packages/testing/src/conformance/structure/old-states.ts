import { machineOf } from "../../laboratory/instance.js"
import { decodePieces, encodePieces } from "../../laboratory/pieces.js"
import type { Check } from "../check.js"

/** State that was stored years ago. */
export const oldStateChecks: readonly Check[] = [
  {
    id: "robustness.old-states",
    proves: "CT-12",
    title: "state that earlier versions of the code stored is still read",
    async run({ type, fixture }) {
      const { oldStates = [] } = fixture
      if (oldStates.length === 0)
        return { verdict: "not-applicable", reason: "the fixture has no state of an earlier format" }
      for (const { origin, pieces, resident = type.conversation === undefined } of oldStates) {
        const { state: shape, machine } = machineOf(type, resident)
        const bytes = new Map(Object.entries(pieces).map(([name, piece]) => [name, piece.bytes]))
        try {
          const state = decodePieces(shape, bytes, (name) => pieces[name]?.version)
          // It can be written again, and looked at.
          encodePieces(shape, state)
          machine.view?.(state)
        } catch (error) {
          const reason = error instanceof Error ? error.message : "something was thrown"
          return { verdict: "broken", finding: `the state of ${origin} is not read: ${reason}` }
        }
      }
      return { verdict: "held", tries: oldStates.length }
    },
  },
]

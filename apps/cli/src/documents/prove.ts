import type { AnyConversationType } from "@colloquy/core"
import type { Report } from "@colloquy/specification"
import { builtInFixtures, conversationTypeConformance, reportToJson } from "@colloquy/testing"
import { builtInTypes } from "colloquy"

const seed = 1

/** What is known of a built-in type, by its document as it is now: some seconds of work. `undefined` for others, which need a fixture of their own. */
export async function prove(type: AnyConversationType, document: string): Promise<Report | undefined> {
  const fixture = builtInFixtures.get(type.id)
  if (fixture === undefined) return undefined
  const report = await conversationTypeConformance(type, fixture, { seed, document, others: builtInTypes }).report()
  return reportToJson(report)
}

import { type AnyConversationType, ColloquyError, type GuaranteeName, type RequirementId } from "@colloquy/core"
import type { ConversationTypeFixture } from "./fixture.js"

const dayMs = 24 * 3_600_000

/** What a fixture can ask the kit to leave out. */
export type ExceptionName =
  "lostKeysKeptMs" | "republishes" | "healingRoundTripsMax" | "sees" | "oneSpeaker" | "history"

/** Something that was not attacked because the fixture asked for it: whoever relies on the report has to read it. */
export interface ConformanceException {
  readonly name: ExceptionName
  /** What it weakens. */
  readonly of: readonly (GuaranteeName | RequirementId)[]
  /** What was left out, in a sentence. */
  readonly leavesOut: string
  /** Why, in the words of the fixture's author. */
  readonly reason: string
}

interface Grant {
  readonly of: ConformanceException["of"]
  /** `undefined` where the fixture does not ask for it. */
  leavesOut(fixture: ConversationTypeFixture): string | undefined
}

const grants: Readonly<Record<ExceptionName, Grant>> = {
  lostKeysKeptMs: {
    of: ["forward-secrecy"],
    leavesOut: ({ lostKeysKeptMs: ms }) =>
      ms === undefined
        ? undefined
        : `For ${days(ms)} who steals the state may read payloads that never came; they are looked at after that time only.`,
  },
  republishes: {
    of: ["unlinkability"],
    leavesOut: ({ republishes }) =>
      republishes === true
        ? "A payload that is published again as it was is counted once: who sees both knows that they are the same."
        : undefined,
  },
  healingRoundTripsMax: {
    of: ["post-compromise-security"],
    leavesOut: ({ healingRoundTripsMax: rounds }) =>
      rounds !== undefined && rounds > 2
        ? `What a thief reads and writes in the first ${rounds} round trips after the theft counts for nothing; 2 is usual.`
        : undefined,
  },
  sees: {
    of: ["CT-12"],
    leavesOut: ({ sees }) =>
      sees === "some" ? "Whom the others' views name is not compared with the first one's." : undefined,
  },
  oneSpeaker: {
    of: ["CT-12"],
    leavesOut: ({ oneSpeaker }) =>
      oneSpeaker === true
        ? "Everybody speaks in a conversation of his own, with all the others for readers: nobody was tried as a second speaker in one conversation."
        : undefined,
  },
  history: {
    of: ["confidentiality"],
    leavesOut: ({ members }) =>
      members?.history === true ? "Who joins may read what was said before he came." : undefined,
  },
}

/**
 * What a fixture asks to be left out of a type's attacks. Throws `EXCEPTION_UNEXPLAINED` for one without a reason: a report that does not say why
 * something was not attacked is worth nothing to those who rely on it.
 */
export function exceptionsOf(
  { id, declaration }: AnyConversationType,
  fixture: ConversationTypeFixture,
): readonly ConformanceException[] {
  const claimed = new Set<string>((declaration.guarantees ?? []).map(({ name }) => name))
  return (Object.keys(grants) as ExceptionName[]).flatMap((name) => {
    const { of, leavesOut } = grants[name]
    const what = leavesOut(fixture)
    if (what === undefined || !of.some((one) => one.startsWith("CT-") || claimed.has(one))) return []
    const reason = fixture.reasons?.[name]?.trim() ?? ""
    if (reason === "")
      throw new ColloquyError("EXCEPTION_UNEXPLAINED", `the fixture of ${id} gives no reason for ${name}`)
    return [{ name, of, leavesOut: what, reason }]
  })
}

function days(ms: number): string {
  const count = Math.round(ms / dayMs)
  return count === 1 ? "a day" : count < 1 ? `${Math.round(ms / 60_000)} minutes` : `${count} days`
}

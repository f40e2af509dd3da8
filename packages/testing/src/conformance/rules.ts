import { type AnyConversationType, type RequirementId, requirements, walkFrames } from "@colloquy/core"
import type { Check } from "./check.js"
import { documentSays } from "./document.js"
import type { Checked, RuleResult } from "./report.js"

/** What the declaration, and the document where it was read, say about one rule. */
interface Said {
  /** Missing where only the checks, or a person, can tell. */
  readonly met?: boolean
  readonly evidence: readonly string[]
  /** Of a rule that does not concern this type. */
  readonly notApplicable?: boolean
  /** Whatever the checks say, a person judges; they can only show that it is unmet. */
  readonly byReview?: boolean
}

/** CT-1 to CT-17, each with what it rests on. */
export function rulesOf(
  type: AnyConversationType,
  checked: readonly (Checked & Pick<Check, "proves">)[],
  document: string | undefined,
): readonly RuleResult[] {
  return (Object.keys(requirements) as RequirementId[]).map((id) => {
    const { level, rule } = requirements[id]
    const checks = checked.filter(({ proves }) => proves === id).map(({ id, title, result }) => ({ id, title, result }))
    const said = statements[id](type)
    const read = document === undefined ? undefined : documentSays(id, type, document)
    const evidence = [...said.evidence, ...(read?.evidence ?? []), ...checks.flatMap(evidenceOf)]
    const warned = type.warnings
      .filter((warning) => warning.id === id)
      .map(({ message }) => `The declaration: ${message}.`)
    return {
      id,
      level,
      rule,
      verdict: verdictOf(said, read, checks),
      evidence: [...evidence, ...warned],
      checks,
    }
  })
}

function verdictOf(said: Said, read: Said | undefined, checks: readonly Checked[]): RuleResult["verdict"] {
  const verdicts = checks.map(({ result }) => result.verdict)
  if (said.met === false || read?.met === false || verdicts.includes("broken")) return "unmet"
  if (said.notApplicable === true) return "not-applicable"
  if (said.byReview === true || verdicts.includes("review")) return "review"
  if (said.met === true || read?.met === true) return "met"
  return verdicts.includes("held") && checks.length > 0 ? "met" : "review"
}

function evidenceOf({ id, title, result }: Checked): readonly string[] {
  switch (result.verdict) {
    case "held": {
      const facts = Object.entries(result.facts ?? {}).map(([name, value]) => `${name} ${value}`)
      const tries = `${result.tries} ${result.tries === 1 ? "try" : "tries"}`
      return [`${id}: ${title} (${[tries, ...facts].join(", ")}).`]
    }
    case "broken":
      return [`${id} is broken: ${result.finding}.`]
    case "review":
      return [`${id} wants a person: ${result.question}`]
    case "not-applicable":
      return [`${id} does not apply: ${result.reason}.`]
  }
}

/** Rule by rule, what a declaration shows by itself. */
const statements: Readonly<Record<RequirementId, (type: AnyConversationType) => Said>> = {
  "CT-1": ({ declaration: { encryption } }) => ({
    met: true,
    evidence: [
      "consequences" in encryption
        ? `No encryption. What follows: ${encryption.consequences}.`
        : `The scheme is ${encryption.scheme}: ${(encryption as { description: string }).description}.`,
    ],
  }),
  "CT-2": ({ declaration: { frames } }) => {
    const names = [...walkFrames(frames)].map(({ node }) => node.name)
    return { met: true, evidence: [`${count(names.length, "frame")}: ${names.join(", ")}.`] }
  },
  "CT-3": ({ declaration: { frames } }) => ({
    met: true,
    evidence: [`The encoding is ${frames.encoding}, of at most ${frames.bytesMax.toLocaleString("en")} bytes.`],
  }),
  "CT-4": ({ declaration: { contentTopics } }) => ({
    met: true,
    evidence: [`Topics are of kind ${contentTopics.kind}: ${contentTopics.description}.`],
  }),
  "CT-5": ({ declaration: { conversationIds } }) => ({
    met: true,
    evidence: [`Ids are made from ${conversationIds.from}: ${conversationIds.description}.`],
  }),
  "CT-6": ({ declaration: { membership } }) =>
    membership === undefined
      ? { met: false, evidence: ["Membership is not stated."] }
      : {
          met: true,
          evidence: [
            `${membership.participantsMin} to ${membership.participantsMax} participants: ${membership.admission}.`,
          ],
        },
  "CT-7": ({ declaration: { guarantees = [] } }) =>
    guarantees.length === 0
      ? { met: false, evidence: ["No guarantee is stated."] }
      : { met: true, evidence: [`Claimed: ${guarantees.map(({ name }) => name).join(", ")}.`] },
  "CT-8": ({ declaration: { frames } }) => {
    const nodes = [...walkFrames(frames)].map(({ node }) => node)
    const bare = nodes.filter(({ description }) => description === "").map(({ name }) => name)
    const fields = nodes.reduce((sum, { fields }) => sum + fields.length, 0)
    return {
      met: true,
      evidence: [
        `The tree has ${count(nodes.length, "frame")} with ${count(fields, "field")}.`,
        ...(bare.length === 0 ? [] : [`Without a description: ${bare.join(", ")}.`]),
      ],
    }
  },
  "CT-9": ({ declaration: { frames } }) =>
    frames.encoding.includes("canonical")
      ? { met: true, evidence: ["The encoding says that it is canonical."] }
      : { evidence: ["The encoding does not say that it is canonical."] },
  "CT-10": ({ id, declaration: { specification } }) => ({
    met: true,
    evidence: [`${id} follows from the title ${specification.title} and the document ${specification.document}.`],
  }),
  "CT-11": ({ id, name }) => ({
    met: true,
    evidence: [`Version ${name.version} is the type ${id}; ids and parcels of another version name another type.`],
  }),
  "CT-12": () => ({
    byReview: true,
    evidence: ["Whether two people who only read the document interoperate, a person must judge."],
  }),
  "CT-13": () => ({ evidence: [] }),
  "CT-14": () => ({ evidence: [] }),
  "CT-15": ({ declaration: { contentTopics } }) => {
    const links = (Array.isArray(contentTopics.linkability) ? contentTopics.linkability : []).map(
      ({ who, links }) => `${who} can link ${links}.`,
    )
    return links.length === 0
      ? { met: false, evidence: ["Nobody is named who can link what."] }
      : { met: true, evidence: links.map((text) => text.charAt(0).toUpperCase() + text.slice(1)) }
  },
  "CT-16": ({ declaration: { channelBinding } }) =>
    channelBinding === undefined
      ? { met: false, evidence: ["Channel binding is not stated."] }
      : { met: true, evidence: [`Declared: ${channelBinding}.`] },
  "CT-17": ({ declaration: { implementations = [] } }) =>
    implementations.length === 0
      ? { notApplicable: true, evidence: ["No implementation is named."] }
      : { met: true, evidence: [`Implemented in ${implementations.join(", ")}.`] },
}

export type DocumentStatement = Said

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`
}

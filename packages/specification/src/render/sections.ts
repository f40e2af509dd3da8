import type { AnyConversationType } from "@colloquy/core"
import type { RootContent } from "mdast"
import type { Constant, DocumentFacts } from "@colloquy/core"
import { evidence } from "./evidence.js"
import { framesTable } from "./frames-table.js"
import { decodeTree, type Flow, messageFlow } from "./mermaid.js"
import { block, code, count, type Inline, listed, paragraph, printBlocks, table } from "./nodes.js"
import type { Report } from "./report.js"
import { printProto } from "./schema.js"

/** What a section is made from. A document that specifies no type has facts alone. */
export interface Subject {
  readonly type?: AnyConversationType
  readonly facts?: DocumentFacts
  readonly report?: Report
  readonly flow?: Flow
}

const sections = {
  /** CT-1 to CT-6, CT-10, CT-11, CT-13, CT-16, CT-17: what the declaration says about itself. */
  "declaration": ({ type }) => (type === undefined ? undefined : declaration(type)),
  /** CT-15. */
  "topics": ({ type }) => (type === undefined ? undefined : linkability(type)),
  "flow": ({ flow }) => (flow === undefined ? undefined : [block("mermaid", messageFlow(flow))]),
  /** CT-2, CT-8. */
  "frames": ({ type }) => (type === undefined ? undefined : [framesTable(type.declaration.frames)]),
  "protobuf": (subject) => protobuf(subject),
  /** CT-9. */
  "decode-tree": ({ type }) =>
    type === undefined ? undefined : [block("mermaid", decodeTree(type.declaration.frames.root))],
  "constants": ({ facts }) =>
    facts?.constants === undefined ? undefined : [constantsTable(Object.entries(facts.constants))],
  /** CT-7. */
  "guarantees": ({ type }) => (type === undefined ? undefined : guarantees(type)),
  "evidence": ({ report }) => (report === undefined ? undefined : evidence(report)),
} as const satisfies Record<string, (subject: Subject) => readonly RootContent[] | undefined>

export type SectionName = keyof typeof sections

export function isSectionName(name: string): name is SectionName {
  return Object.hasOwn(sections, name)
}

/** The Markdown of one generated section, without its markers; `undefined` when the subject has nothing to make it from. */
export function renderSection(name: SectionName, subject: Subject): string | undefined {
  const blocks = sections[name](subject)
  return blocks === undefined ? undefined : printBlocks(blocks)
}

function declaration({ id, name, declaration: said }: AnyConversationType): readonly RootContent[] {
  const { specification, encryption, frames, contentTopics, conversationIds, membership } = said
  const rows: (readonly Inline[])[] = [["what", "rule", "declared"]]
  rows.push(["identifier", "CT-10, CT-11", [code(id), `: the title ${specification.title}, version ${name.version}`]])
  rows.push([
    "encryption",
    "CT-1",
    [code(encryption.scheme), ": ", "description" in encryption ? encryption.description : encryption.consequences],
  ])
  rows.push(["encoding", "CT-3, CT-9", [frames.encoding, `, at most ${count(frames.bytesMax)} bytes`]])
  rows.push(["content topics", "CT-4", contentTopics.description])
  rows.push([
    "conversation ids",
    "CT-5, CT-13",
    [code(`/${name.name}/${name.version}/<ident>`), `, from ${conversationIds.from}: ${conversationIds.description}`],
  ])
  if (membership !== undefined) {
    const { participantsMin: min, participantsMax: max, admission, onePerPair } = membership
    rows.push(["participants", "CT-6", min === max ? count(min) : `${count(min)} to ${count(max)}`])
    rows.push(["admission", "CT-6", admission])
    if (onePerPair === true) rows.push(["conversations", "CT-6", "one for each pair of people"])
  }
  if (said.channelBinding !== undefined) rows.push(["channel binding", "CT-16", said.channelBinding])
  if (said.implementations !== undefined && said.implementations.length > 0)
    rows.push(["implementations", "CT-17", listed(said.implementations.map(code))])
  return [table(rows)]
}

function linkability({ declaration: { contentTopics } }: AnyConversationType): readonly RootContent[] {
  if (contentTopics.linkability.length === 0) return [paragraph("The declaration does not say who can link what.")]
  return [
    table([
      ["who sees topics", "can link"],
      ...contentTopics.linkability.map(({ who, links }) => [who, links] as const),
    ]),
  ]
}

function guarantees({ declaration: said }: AnyConversationType): readonly RootContent[] {
  const claims = said.guarantees ?? []
  if (claims.length === 0) return [paragraph("The type claims nothing.")]
  return [
    table([
      ["claim", "holds", "except"],
      ...claims.map(({ name, scope, except }) => [name, scope, except ?? ""] as const),
    ]),
  ]
}

function protobuf({ type, facts }: Subject): readonly RootContent[] | undefined {
  const schema = type?.declaration.frames.schema
  const roots = facts?.messages ?? (schema === undefined ? undefined : [schema])
  return roots === undefined ? undefined : [block("protobuf", printProto(roots))]
}

function constantsTable(constants: readonly (readonly [string, Constant])[]): RootContent {
  return table([
    ["constant", "value", "rule", "what it is"],
    ...constants.map(
      ([name, { value, means, rule }]) => [code(name), printValue(name, value), rule ?? "", means] as const,
    ),
  ])
}

/** What a name ends in is its unit: times are shown as people say them, too. */
function printValue(name: string, value: Constant["value"]): Inline {
  if (typeof value === "string") return code(value)
  const one = (number: number): string =>
    name.endsWith("Ms") ? `${count(number)} (${printTime(number)})` : count(number)
  return typeof value === "number" ? one(value) : value.map(one).join(", ")
}

const timeUnits = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
  ["millisecond", 1],
] as const

function printTime(ms: number): string {
  const [unit, size] = timeUnits.find(([, each]) => ms % each === 0 && ms >= each) ?? (["millisecond", 1] as const)
  return `${count(ms / size)} ${unit}${ms === size ? "" : "s"}`
}

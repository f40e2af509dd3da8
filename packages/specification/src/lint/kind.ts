import type { SpecificationDocument } from "./document/document.js"
import type { ProtoDefinitions } from "./proto/definitions.js"
import type { DocumentKind } from "./report.js"

interface Judgement {
  readonly kind: DocumentKind
  readonly reason: string
}

/** What a document is, by its own words: front matter, title, what it says of itself, the names of its frames. */
export function kindOf(document: SpecificationDocument, { messages }: ProtoDefinitions): Judgement {
  const { frontMatter, prose, sections, title } = document
  const declared = frontMatter.fields.get("kind")?.value.toLowerCase()
  if (declared === "conversation-type" || declared === "protocol" || declared === "other")
    return { kind: declared, reason: "its front matter says so" }
  if (/^[A-Z]\w*V[1-9]\d*$/.test(frontMatter.fields.get("type")?.value ?? ""))
    return { kind: "conversation-type", reason: "its front matter names the type" }
  const names = `${title?.text ?? ""} ${frontMatter.fields.get("name")?.value ?? ""}`
  const rulesForTypes = prose.filter(({ text }) =>
    /\ba conversation ?(type|protocol) (MUST|SHOULD|MAY)\b/i.test(text),
  ).length
  if (rulesForTypes >= 2) return { kind: "other", reason: "it makes rules for conversation types, and is none" }
  const aboutWords = /\b(definitions?|terminology|glossary|framework|template|overview|roadmap|readme)\b/i.exec(
    names,
  )?.[0]
  if (aboutWords !== undefined && messages.length === 0)
    return { kind: "other", reason: `its title says “${aboutWords.toLowerCase()}”` }
  const itself = prose.find(
    ({ text, kind }) =>
      kind === "paragraph" &&
      /\b(is|defines|specifies|this)\b[^.]{0,60}\bconversation ?type\b(?! that| which)|\bversion \d+ of a conversation\b|\bdefines [^.]{0,40}\ba conversation protocol\b/i.test(
        text,
      ) &&
      !/\bConversation ?Types? (MUST|are|define)/.test(text),
  )
  if (itself !== undefined)
    return { kind: "conversation-type", reason: `line ${itself.line} says that it is a conversation type` }
  const frame = messages.find(
    ({ name }) => /^[A-Z]\w*?V\d+(Frame|Message)?$|^[A-Z]\w*ConversationFrame$/.test(name) && /V\d+Frame$/.test(name),
  )
  if (frame !== undefined)
    return { kind: "conversation-type", reason: `it defines the frame ${frame.name.slice(0, 60)} of a versioned type` }
  const isNormative =
    prose.filter(({ text, kind }) => kind !== "heading" && /\b(MUST|SHALL|SHOULD)\b/.test(text)).length >= 3
  const hasWire =
    messages.length > 0 ||
    sections.some(({ heading }) => /\bwire\b|\bsyntax\b|\bpayloads?\b|\bmessage format\b|\bencoding\b/i.test(heading))
  if (hasWire || isNormative)
    return {
      kind: "protocol",
      reason: messages.length > 0 ? "it defines messages" : hasWire ? "it has a wire format" : "it makes requirements",
    }
  return { kind: "other", reason: "it defines no messages" }
}

import type { SpecificationDocument } from "./document/document.js"
import type { ProtoDefinitions } from "./proto/definitions.js"
import type { DocumentKind } from "./report.js"
import { sentencesOf } from "./sentences.js"

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
  if (rulesForTypes >= 2 && messages.length === 0)
    return { kind: "other", reason: "it makes rules for conversation types, and is none" }
  const aboutWords = /\b(definitions?|terminology|glossary|framework|template|overview|roadmap|readme)\b/i.exec(
    names,
  )?.[0]
  if (aboutWords !== undefined && messages.length === 0)
    return { kind: "other", reason: `its title says “${aboutWords.toLowerCase()}”` }
  const subjects = [title?.text ?? "", stemOf(document.path)].map(plainName)
  const itself = prose.find(
    ({ text, kind }) =>
      kind === "paragraph" &&
      sentencesOf(text).some((sentence) => {
        const [, subject = ""] =
          /^(.{0,80}?)\b(?:is|defines|specifies) (?:an? |the |one )?(?:\w+ ){0,2}conversation ?type\b/i.exec(
            sentence.text,
          ) ?? []
        return (
          /\bthis conversation ?type\b|^version \d+ of a conversation\b|\bthis specification defines [^.]{0,60}\ba conversation protocol\b/i.test(
            sentence.text,
          ) ||
          /\bthis (?:document|specification|protocol)\b/i.test(subject) ||
          (plainName(subject) !== "" && subjects.includes(plainName(subject)))
        )
      }),
  )
  if (itself !== undefined)
    return { kind: "conversation-type", reason: `line ${itself.line} says that it is a conversation type` }
  const frame = messages.find(({ name }) => /^[A-Z]\w*V\d+Frame$/.test(name))
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

function stemOf(path: string): string {
  return (path.split("/").at(-1) ?? "").replace(/\.\w+$/, "")
}

/** Without version, case and what is neither letter nor digit: PRIVATE1, `private-v1` and PrivateV1 are one name. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/v?\d+$/, "")
}

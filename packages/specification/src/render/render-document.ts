import type { AnyConversationType } from "@colloquy/core"
import type { RootContent } from "mdast"
import type { DocumentFacts } from "@colloquy/core"
import { code, comment, heading, paragraph, printBlocks } from "./nodes.js"
import type { Flow } from "./mermaid.js"
import type { Report } from "./report.js"
import { renderSection, type SectionName, type Subject } from "./sections.js"

export interface RenderOptions {
  /** What was found when the type was attacked. */
  readonly report?: Report
  /** Who sends what to whom when two people converse. */
  readonly flow?: Flow
  /** Constants, and messages besides the type's frames. */
  readonly facts?: DocumentFacts
}

/**
 * A document for a type, with every section of the published template. What the declaration says stands in generated sections, which
 * `checkDocument` keeps equal to it; where it says nothing, a line that begins with `TODO` says what its author has to write.
 */
export function renderDocument(type: AnyConversationType, options: RenderOptions = {}): string {
  const { declaration, name, id } = type
  const { title } = declaration.specification
  const subject: Subject = { type, ...options }
  const front = ["---", `title: ${scalar(title)}`, `version: ${name.version}`, `type: ${id}`, "status: draft", "---"]
  const generated = (section: SectionName, before?: RootContent): readonly RootContent[] => {
    const markdown = renderSection(section, subject)
    if (markdown === undefined) return []
    return [
      ...(before === undefined ? [] : [before]),
      comment(`generated: ${section}`),
      { type: "html", value: markdown.trimEnd() },
      comment("end"),
    ]
  }
  const blocks: readonly RootContent[] = [
    heading(1, title),
    paragraph(`Version ${name.version}.`),
    heading(2, "Abstract"),
    paragraph("TODO: what the type is for, who uses it, and what it does in three sentences."),
    heading(2, "Background"),
    paragraph("TODO: what others do and why that is not enough; what a reader has to know."),
    paragraph("The words MUST, MUST NOT, SHOULD and MAY are used as RFC 2119 defines them."),
    heading(2, "Theory and semantics"),
    heading(3, "The type"),
    ...generated("declaration"),
    heading(3, "Topics"),
    paragraph("TODO: why these topics, and what others would have cost."),
    ...generated("topics"),
    heading(3, "Operation"),
    paragraph(
      "TODO: how a conversation begins, what each side does with each input, and when it ends; one rule a paragraph, numbered.",
    ),
    ...generated("flow"),
    heading(2, "Wire format"),
    ...generated("protobuf", heading(3, "Messages")),
    heading(3, "Frames"),
    ...generated("frames"),
    ...generated("decode-tree", paragraph("A payload is read along this tree.")),
    ...generated("constants", heading(3, "Constants")),
    heading(2, "Security and privacy considerations"),
    ...generated("guarantees"),
    paragraph("TODO: for each claim, what it rests on; for each exception, what follows from it."),
    ...generated("evidence", heading(3, "Evidence")),
    heading(2, "Implementations"),
    paragraph(
      declaration.implementations === undefined
        ? "TODO: where an implementation is."
        : declaration.implementations.flatMap((path, index) => (index === 0 ? [code(path)] : [", ", code(path)])),
    ),
    heading(2, "References"),
    paragraph("RFC 2119."),
    heading(2, "Copyright"),
    paragraph([
      "Copyright and related rights waived via ",
      {
        type: "link",
        url: "https://creativecommons.org/publicdomain/zero/1.0/",
        children: [{ type: "text", value: "CC0" }],
      },
      ".",
    ]),
  ]
  return `${front.join("\n")}\n\n${printBlocks(blocks)}`
}

/** A YAML scalar: plain where nothing in it can be read as anything else. */
function scalar(text: string): string {
  return /^[A-Za-z][A-Za-z0-9 -]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text)
}

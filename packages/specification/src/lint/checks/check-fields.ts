import type { Prose, SpecificationDocument } from "../document/document.js"
import type { ProtoMessage } from "../proto/proto.js"
import { isInstruction } from "../proto/comments.js"
import { isScalar } from "../proto/scalars.js"
import { excerpt, listed, nearest } from "../words.js"
import type { CheckContext } from "./check.js"

/** Whether the text and the definitions speak of the same fields and messages. */
export function checkFields(context: CheckContext): void {
  const { definitions } = context
  if (definitions.messages.length === 0) return
  checkUndescribed(context)
  checkUnknown(context)
  checkMentions(context)
  checkSignatures(context)
}

/** One finding a message: whoever wrote none of it need not be told field by field. */
function checkUndescribed({ document, definitions, report }: CheckContext): void {
  const text = [
    ...document.prose.map(({ text }) => text),
    ...document.code.filter((block) => !definitions.blocks.some((one) => one.block === block)).map(({ text }) => text),
    ...definitions.messages.flatMap(({ fields }) =>
      fields.map(({ comment }) => (isInstruction(comment) ? "" : comment)),
    ),
  ]
    .join("\n")
    .toLowerCase()
  const said = new Set(text.match(/[a-z_][\w]*/g) ?? [])
  const numbered = numbersOf(text)
  const reported = new Set<string>()
  for (const { block, file } of definitions.blocks) {
    if (isQuotedFromElsewhere(block.section, document)) continue
    for (const message of file.messages) {
      const silent = message.fields.filter(
        (field) =>
          (field.comment === "" || isInstruction(field.comment)) &&
          !numbered(field.number ?? 0) &&
          !isSaid(field.name, said, text) &&
          !speaksForItself(field.type),
      )
      const [first] = silent
      if (first === undefined || reported.has(message.fullName)) continue
      reported.add(message.fullName)
      const names = silent.map(({ name }) => name)
      report(
        "field-undescribed",
        first,
        `${message.fullName}: nothing says what ${listed(names)} ${names.length === 1 ? "is" : "are"}`,
      )
    }
  }
}

/** “The fields 1003 to 1005 are ...” speaks of each of them. */
function numbersOf(text: string): (number: number) => boolean {
  const ranges = [...text.matchAll(/\bfields? (\d{1,9})(?: ?(?:to|and|,|-|–) ?(\d{1,9}))?/g)].map(
    ([, from, to]) => [Number(from), Number(to ?? from)] as const,
  )
  return (number) => ranges.some(([from, to]) => from <= number && number <= to)
}

function isSaid(name: string, said: ReadonlySet<string>, text: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split("_")
    .filter((word) => word !== "")
  return said.has(name.toLowerCase()) || (words.length > 1 && [" ", "-"].some((by) => text.includes(words.join(by))))
}

/** A field of a message's type is described by the message. */
function speaksForItself(type: string): boolean {
  return !isScalar(type)
}

function isQuotedFromElsewhere(section: Prose["section"], { prose }: SpecificationDocument): boolean {
  return prose.some(
    (one) =>
      one.section === section &&
      /\b(without (any )?modification|(is|are) (defined|specified|described) (in|by)|as (defined|specified|described) (in|by))\b/i.test(
        one.text,
      ) &&
      one.kind === "paragraph" &&
      (one.spans.some(({ kind }) => kind === "link") || /\bspec(ification)?\b/i.test(one.text)),
  )
}

/** A list beside the definitions that describes a field which no message has. */
function checkUnknown({ document, definitions, report }: CheckContext): void {
  const fields = new Set(
    definitions.messages.flatMap(({ fields }) => fields.flatMap(({ name, oneof }) => [name, oneof ?? name])),
  )
  for (const message of definitions.messages) fields.add(message.name)
  for (const one of definitions.enums) for (const { name } of [one, ...one.values]) fields.add(name)
  for (const section of new Set(definitions.blocks.map(({ block }) => block.section))) {
    const own = new Set(
      definitions.blocks
        .filter(({ block }) => block.section === section)
        .flatMap(({ file }) => file.messages.flatMap(({ fields }) => fields.map(({ name }) => name))),
    )
    const lines = definitions.blocks.filter(({ block }) => block.section === section).map(({ block }) => block.line)
    const described = document.prose
      .filter((prose) => prose.section === section && prose.line > Math.min(...lines))
      .flatMap((prose) => describedBy(prose))
    const saysField = described.some(({ name, text }) => own.has(name) || /\b(this|the) field\b/i.test(text))
    if (!saysField) continue
    for (const { name, prose, text } of described) {
      if (fields.has(name) || !(/_/.test(name) || /\bfield\b/i.test(text) || own.size > 0)) continue
      const near = nearest(name, own)
      report(
        "field-unknown",
        prose,
        `\`${excerpt(name, 40)}\` is described like a field, and no message has it${near === undefined ? "" : `: did you mean \`${near}\`?`}`,
      )
    }
  }
}

/** `- **name:** text`, `**name**: text` and `` - `name`: text ``. */
function describedBy(prose: Prose): { readonly name: string; readonly prose: Prose; readonly text: string }[] {
  if (prose.kind !== "paragraph") return []
  const [span] = prose.spans
  if (span === undefined || span.start !== 0 || (!prose.startsItem && span.kind !== "strong")) return []
  const isEnded = /:\s*$/.test(span.text) || /^\s*[:–-]/.test(prose.text.slice(span.end))
  const name = span.text.replace(/[:\s]+$/, "")
  return isEnded && /^[a-z][a-z0-9_]*$/.test(name) ? [{ name, prose, text: prose.text }] : []
}

/** Messages that are said to be encoded, and `Message.field`. */
function checkMentions({ document, definitions, report }: CheckContext): void {
  const messages = new Map<string, ProtoMessage>()
  for (const message of definitions.messages) messages.set(message.name, message)
  const known = new Set([...messages.keys(), ...definitions.enums.map(({ name }) => name)])
  const reported = new Set<string>()
  for (const prose of document.prose) {
    for (const match of prose.text.matchAll(
      /\b(?:proto\w*[- ]?\s?(?:buf)?[- ]encoded|encoding of an?|(?:serializ|serialis)ed)\s+(?:an?\s+|the\s+)?([A-Z]\w*[a-z]\w*)/gi,
    )) {
      const name = match[1] ?? ""
      const index = match.index + match[0].length - name.length
      const isCode = prose.spans.some(({ kind, start }) => kind === "code" && start === index)
      if (
        !/^[A-Z]/.test(name) ||
        known.has(name) ||
        reported.has(name) ||
        !(isCode || /^[A-Z]\w*[a-z]\w*[A-Z]/.test(name))
      )
        continue
      reported.add(name)
      const near = nearest(name, known)
      report(
        "message-undefined",
        prose.at(index),
        `${excerpt(name, 60)} is said to be encoded, and is not defined${near === undefined ? "" : `: did you mean ${near}?`}`,
      )
    }
    for (const { kind, text, start } of prose.spans) {
      const [, name = "", field = ""] = kind === "code" ? (/^([A-Z]\w*)\.([a-z]\w*)$/.exec(text) ?? []) : []
      const message = messages.get(name)
      if (message === undefined || message.fields.some((one) => one.name === field || one.oneof === field)) continue
      const near = nearest(
        field,
        message.fields.map((one) => one.name),
      )
      report(
        "message-undefined",
        prose.at(start),
        `${name} has no field ${excerpt(field, 40)}${near === undefined ? "" : `: did you mean ${near}?`}`,
      )
    }
  }
}

/** A signature means nothing to whoever is not told what it covers. */
function checkSignatures({ document, definitions, report }: CheckContext): void {
  const covers =
    /\bsign(?:s|ed|ing|atures?)?\b[^.]{0,120}\b(?:over|covers?|covering|of (?:the|all|its)|computed|calculated|generated|concatenat\w+|hash|digest|prefix)\b|\bsign\w*\s*\(|\bsigns (?:the|all|its)\b/i
  const texts = [...document.prose.map(({ text }) => text), ...document.code.map(({ text }) => text)]
  if (texts.some((text) => covers.test(text))) return
  for (const { fullName, fields } of definitions.messages)
    for (const field of fields)
      if (/(^|_)(signature|sig)$/i.test(field.name))
        report(
          "signature-scope",
          field,
          `${fullName}.${field.name}: nothing says which bytes the signature covers, nor whose key makes it`,
        )
}

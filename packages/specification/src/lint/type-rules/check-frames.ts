import type { CheckContext } from "../checks/check.js"
import type { Section } from "../document/document.js"
import { isScalar, isWellKnown } from "../proto/scalars.js"
import { excerpt } from "../words.js"
import { unmet, verdict } from "./verdict.js"

/** CT-2, CT-8: the frames are named, and one section defines them all. */
export function checkFrames(context: CheckContext): void {
  const { definitions, document } = context
  const table = document.prose.find(
    ({ cell, kind }) =>
      kind === "cell" && cell?.row === 0 && /^(frames?|messages?|payloads?)$/i.test(cell.header[cell.column] ?? ""),
  )
  const [first] = definitions.messages
  const schema = document.code.find(({ language }) => isSchema(language))
  const place = document.title ?? { line: 1, column: 1 }
  if (first === undefined && table === undefined && schema === undefined) {
    unmet(context, "CT-2", "no frames are named: define each in protobuf, or in a table of its fields", place)
    verdict(context, "CT-8", "unmet", "there are no frames")
    return
  }
  verdict(context, "CT-2", "met", "names its frames", first?.line ?? table?.line ?? schema?.line)
  const open = definitions.messages.find(({ elided }) => elided !== undefined)
  const known = new Set(
    [...definitions.messages, ...definitions.enums].flatMap(({ name, fullName }) => [name, fullName]),
  )
  const unknown = definitions.messages
    .flatMap(({ fields }) => fields)
    .find(({ type }) => !isScalar(type) && !isWellKnown(type) && !known.has(type.replace(/^\./, "")))
  const homes = new Map<Section, number>()
  for (const { block, file } of definitions.blocks)
    if (file.messages.length > 0) homes.set(home(block.section), block.line)
  if (open !== undefined || unknown !== undefined) {
    const line = unknown?.line ?? open?.line
    const what = unknown === undefined ? `${open?.name} is left open` : `${unknown.type} is not defined`
    verdict(context, "CT-8", "unmet", `not every frame is defined: ${excerpt(what, 80)}`, line)
  } else if (homes.size > 1) {
    const [one, two] = [...homes].map(([section, line]) => `“${excerpt(section.heading, 40)}” (line ${line})`)
    unmet(context, "CT-8", `frames are defined in ${one} and in ${two}: one section has them all`, {
      line: [...homes.values()][1] ?? 1,
      column: 1,
    })
  } else verdict(context, "CT-8", "met", "one section defines them", first?.line ?? table?.line ?? schema?.line)
}

/** Languages that frames are defined in besides protobuf. */
export function isSchema(language: string): boolean {
  return /^(abnf|ebnf|bnf|asn\.?1|cddl|tls|xdr|capnp|flatbuffers?|fbs|thrift|ssz|avro)$/.test(language)
}

function home(section: Section): Section {
  return section.parent === undefined ? section : home(section.parent)
}

import type { ProtoDefinitions } from "../proto/definitions.js"
import type { ProtoField, ProtoMessage } from "../proto/proto.js"
import { isScalar, isWellKnown } from "../proto/scalars.js"
import { excerpt, nearest } from "../words.js"
import type { CheckContext } from "./check.js"

interface Use {
  readonly field: ProtoField
  readonly message: ProtoMessage
  readonly count: number
}

/** Types of fields that nothing defines, each once. */
export function checkProtoTypes(context: CheckContext): void {
  const { definitions } = context
  const uses = new Map<string, Use>()
  for (const message of definitions.messages)
    for (const field of message.fields) {
      const type = field.type.replace(/^\./, "")
      if (isScalar(type) || isWellKnown(type) || isVisible(type, message.fullName, definitions)) continue
      const use = uses.get(type)
      uses.set(type, use === undefined ? { field, message, count: 1 } : { ...use, count: use.count + 1 })
    }
  for (const [type, use] of uses) reportUndefined(type, use, context)
}

function reportUndefined(
  type: string,
  { field, message, count }: Use,
  { definitions, document, report }: CheckContext,
): void {
  const known = [...definitions.names]
  const holder = known.find((name) => name.endsWith(`.${type}`))
  if (holder !== undefined) {
    report("proto-undefined", field.typePlace, `${excerpt(type, 60)} is not visible here: write ${holder}`)
    return
  }
  const scalar = /^(u?int)(8|16)$/.exec(type)?.[1]
  if (scalar !== undefined) {
    report("proto-undefined", field.typePlace, `protobuf has no ${type}: write ${scalar}32, and say the range`)
    return
  }
  const near = nearestOf(type, known, message.fullName)
  const hint = near === undefined ? "define it, or say which document does" : `did you mean ${near}?`
  const isElsewhere =
    definitions.blocks.some(({ file }) => file.imports.length > 0) || isPackaged(type) || isLinked(type, document)
  const uses = count === 1 ? "" : `, used ${count} times`
  report(
    "proto-undefined",
    field.typePlace,
    `${excerpt(type, 80)}, the type of ${message.fullName}.${field.name}${uses}, is not defined: ${hint}`,
    isElsewhere ? "note" : "error",
  )
}

/** From the innermost scope outwards, as protobuf looks names up; a packaged name is taken for the message of that name. */
function isVisible(type: string, scope: string, { blocks, names }: ProtoDefinitions): boolean {
  for (let around = scope; ; around = around.slice(0, around.lastIndexOf("."))) {
    if (names.has(`${around}.${type}`)) return true
    if (!around.includes(".")) break
  }
  if (names.has(type) || (isPackaged(type) && names.has(lastOf(type)))) return true
  const packages = blocks.flatMap(({ file: { packageName } }) => (packageName === undefined ? [] : [packageName]))
  return packages.some((name) => type.startsWith(`${name}.`) && names.has(type.slice(name.length + 1)))
}

/** `a.b.Name` says where it comes from. */
function isPackaged(type: string): boolean {
  return /^[a-z]\w*(?:\.[a-z]\w*)+\.[A-Z]\w*$/.test(type)
}

/** Whether the text names the type next to a link, where it is presumably defined. */
function isLinked(type: string, { prose }: CheckContext["document"]): boolean {
  const name = lastOf(type)
  return prose.some(({ text, spans }) => spans.some(({ kind }) => kind === "link") && text.includes(name))
}

/** By its whole name, or by the last part of it. */
function nearestOf(type: string, known: readonly string[], not: string): string | undefined {
  const others = known.slice(0, 300).filter((name) => name !== not)
  const byLast = new Map(others.map((name) => [lastOf(name), name]))
  return nearest(type, others) ?? byLast.get(nearest(type, byLast.keys()) ?? "")
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1)
}

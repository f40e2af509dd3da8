import { parseTypeId, printTypeId, resolveTypeName, type TypeId } from "@colloquy/core"
import type { CheckContext } from "../checks/check.js"
import { excerpt } from "../words.js"
import { verdict } from "./verdict.js"

/** CT-10, CT-11: the identifier of the type, from title, file and version. */
export function checkTypeName(context: CheckContext): TypeId | undefined {
  const { document, definitions, report } = context
  const { title, frontMatter, path } = document
  const top = { line: 1, column: 1 }
  if (title === undefined) {
    verdict(context, "CT-10", "unmet", "the document has no title to identify the type by")
    verdict(context, "CT-11", "unmet", "without a title there is no version")
    return undefined
  }
  const stated = versionOf(context)
  const plainTitle = title.text.replace(/^\d+\//, "")
  let id: TypeId
  let isAgreed = true
  try {
    const resolved = resolveTypeName({
      title: plainTitle,
      document: path.split("/").at(-1) ?? "",
      ...(stated === undefined ? {} : { version: stated.version }),
    })
    id = printTypeId(resolved)
    for (const warning of resolved.warnings) {
      isAgreed = false
      report("CT-10", title, `${excerpt(warning, 160)}: one name, or people will use two`, "warning")
    }
  } catch {
    const message = `no type can be named after the title “${excerpt(plainTitle, 60)}” and the file ${excerpt(path.split("/").at(-1) ?? "", 60)}`
    report("CT-10", title, `${message}: use words of letters and digits, joined by -`, "error")
    verdict(context, "CT-10", "unmet", message, title.line)
    verdict(context, "CT-11", "unmet", "there is no name that a version could belong to")
    return undefined
  }
  const declared = frontMatter.fields.get("type")
  if (declared !== undefined && parseTypeId(declared.value) !== undefined && declared.value !== id) {
    isAgreed = false
    report("CT-10", declared, `the front matter says ${declared.value}, title, file and version give ${id}`, "error")
  }
  verdict(
    context,
    "CT-10",
    isAgreed ? "met" : "unmet",
    isAgreed ? `it is ${id}` : `it is ${id}, and not all names agree`,
    title.line,
  )
  const version = Number(/\d+$/.exec(id)?.[0])
  const other = definitions.messages.find(
    ({ name }) => /^[A-Z]\w*?V(\d+)(?=[A-Z]|$)/.test(name) && Number(/V(\d+)(?=[A-Z]|$)/.exec(name)?.[1]) !== version,
  )
  const isVersioned =
    stated !== undefined ||
    /v?\d+(\.[a-z]+)?$/i.test(path) ||
    /\d$/.test(plainTitle) ||
    definitions.messages.some(({ name }) => /V\d+(?=[A-Z]|$)/.test(name))
  if (other !== undefined) {
    report(
      "CT-11",
      other,
      `the frame ${other.name} belongs to another version than ${id}: a new version is a new type`,
      "error",
    )
    verdict(context, "CT-11", "unmet", `${other.name} is of another version than ${id}`, other.line)
  } else if (isVersioned) verdict(context, "CT-11", "met", `the version is ${version}`, stated?.line ?? title.line)
  else {
    report(
      "CT-11",
      title ?? top,
      `nothing says which version this is; ${id} is assumed: write “version: 1” in the front matter`,
      "warning",
    )
    verdict(context, "CT-11", "unmet", `no version is given, ${id} is assumed`, title.line)
  }
  return id
}

/** From the front matter, or a paragraph at the beginning: “Version 1.” */
function versionOf({ document }: CheckContext): { readonly version: number; readonly line: number } | undefined {
  const field = document.frontMatter.fields.get("version")
  if (field !== undefined && /^[1-9]\d{0,5}$/.test(field.value))
    return { version: Number(field.value), line: field.line }
  const said = document.prose.find(({ section, kind }) => section.level === 0 && kind === "paragraph")
  const match = /^version (\d{1,6})\b/i.exec(said?.text ?? "")
  return said === undefined || match === null ? undefined : { version: Number(match[1]), line: said.line }
}

import type { Brand } from "../brand.js"
import { ColloquyError } from "../errors.js"

/** The identifier of a ConversationType (CT-10, CT-11): its name in PascalCase, `V`, its version: `PrivateV1`. */
export type TypeId = Brand<string, "TypeId">

export interface TypeName {
  /** Lower-case, words joined by `-`: what stands in conversation ids. */
  readonly name: string
  /** From 1 up. A new version is a new type. */
  readonly version: number
}

/** Each word starts with a letter: `a-1` and `a1` would print alike. */
const namePattern = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/
const versionMax = 999_999

/** `{ name: "private", version: 1 }` gives `PrivateV1`. Throws `BAD_TYPE_ID`. */
export function printTypeId({ name, version }: TypeName): TypeId {
  if (!namePattern.test(name) || name.length > 48 || /(^|-)v[0-9]+$/.test(name))
    throw new ColloquyError(
      "BAD_TYPE_ID",
      `a type's name is lower-case words joined by "-", at most 48 letters: ${name}`,
    )
  if (!Number.isSafeInteger(version) || version < 1 || version > versionMax)
    throw new ColloquyError("BAD_TYPE_ID", `a type's version is a whole number from 1 to ${versionMax}`)
  const pascal = name.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${pascal.join("")}V${version}` as TypeId
}

/** The inverse of {@link printTypeId}: `undefined` unless the text is an identifier in its one form. */
export function parseTypeId(text: string): (TypeName & { readonly id: TypeId }) | undefined {
  const match = /^([A-Z][A-Za-z0-9]{0,63})V([1-9][0-9]{0,5})$/.exec(text)
  if (match === null) return undefined
  const name = (match[1] as string)
    .replace(/([A-Z])/g, "-$1")
    .slice(1)
    .toLowerCase()
  const version = Number(match[2])
  try {
    return printTypeId({ name, version }) === text ? { name, version, id: text as TypeId } : undefined
  } catch {
    return undefined
  }
}

/**
 * Resolves a type's name and version from its specification (CT-10, CT-11). The version is the explicit one, else the `v?N`
 * at the end of the file's stem, else that of the title, else 1; the name is the file's stem without it. A title that says otherwise is a warning:
 * `privatev1.md` titled `PRIVATE1` is `PrivateV1`.
 */
export function resolveTypeName(specification: {
  readonly title: string
  readonly document: string
  readonly version?: number
}): TypeName & { readonly warnings: readonly string[] } {
  const stem = (specification.document.split("/").at(-1) ?? "").replace(/\.[a-z]+$/i, "")
  const [fileName, fileVersion] = splitVersion(stem)
  const [titleName, titleVersion] = splitVersion(specification.title)
  const version = specification.version ?? fileVersion ?? titleVersion ?? 1
  const warnings: string[] = []
  if (fileVersion !== undefined && fileVersion !== version)
    warnings.push(`the file ${specification.document} says version ${fileVersion}, the declaration ${version}`)
  if (titleVersion !== undefined && titleVersion !== version)
    warnings.push(`the title ${specification.title} says version ${titleVersion}, the declaration ${version}`)
  if (titleName !== fileName)
    warnings.push(`the title ${specification.title} and the file ${specification.document} differ`)
  return { name: fileName, version, warnings }
}

function splitVersion(text: string): [name: string, version: number | undefined] {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-")
  const match = /^(.*?[a-z])-?v?([0-9]+)$/.exec(words)
  return match === null ? [words, undefined] : [match[1] as string, Number(match[2])]
}

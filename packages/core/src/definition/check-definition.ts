import { ColloquyError } from "../errors.js"
import type { FrameNode } from "../frames/frame-tree.js"
import { printTypeId, resolveTypeName, type TypeName } from "../identifiers/type-id.js"
import type { Declaration } from "./declaration.js"
import { type Guarantee, guaranteeNames } from "./guarantees.js"
import type { Finding } from "./requirements.js"

/** A definition as it may arrive from JavaScript: nothing is certain. */
type Unchecked = { readonly [K in keyof Declaration]?: Partial<Declaration[K]> | undefined } & {
  readonly state?: unknown
  readonly conversation?: unknown
  readonly residentState?: unknown
  readonly resident?: unknown
  readonly commands?: unknown
  readonly notices?: unknown
}

/** Resolves the type's name (CT-10, CT-11); `undefined` with a violation when there is none. */
export function checkName(definition: object, violations: Finding[], warnings: Finding[]): TypeName | undefined {
  const { specification } = definition as Unchecked
  const title = specification?.title
  const document = specification?.document
  const version = specification?.version
  if (!isText(title)) violations.push({ id: "CT-10", message: "specification.title is missing" })
  if (!isText(document)) violations.push({ id: "CT-12", message: "specification.document is missing" })
  if (!isText(title) || !isText(document)) return undefined
  try {
    const resolved = resolveTypeName({ title, document, ...(version === undefined ? {} : { version }) })
    printTypeId(resolved)
    for (const message of resolved.warnings) warnings.push({ id: "CT-10", message })
    return { name: resolved.name, version: resolved.version }
  } catch (error) {
    violations.push({ id: "CT-11", message: error instanceof ColloquyError ? error.message : "no name can be made" })
    return undefined
  }
}

/** What a declaration MUST say: CT-1 to CT-5 and CT-8. */
export function checkRequired(definition: object, violations: Finding[]): void {
  const { encryption, frames, contentTopics, conversationIds } = definition as Unchecked
  const says = encryption as { scheme?: unknown; consequences?: unknown; description?: unknown } | undefined
  if (!isText(says?.scheme)) violations.push({ id: "CT-1", message: "encryption.scheme is missing" })
  else if (!isText(says.scheme === "none" ? says.consequences : says.description))
    violations.push({
      id: "CT-1",
      message:
        says.scheme === "none" ? "encryption `none` must say its consequences" : "encryption.description is missing",
    })
  if (!isText(frames?.root?.name)) violations.push({ id: "CT-2", message: "frames.root is missing" })
  if (!isText(frames?.encoding)) violations.push({ id: "CT-3", message: "frames.encoding is missing" })
  if (!hasFunctions(frames, "encode", "decode"))
    violations.push({ id: "CT-8", message: "frames must encode and decode" })
  if (isText(frames?.root?.name)) checkFrames(frames.root, [], violations)
  if (!isText(contentTopics?.description) || !hasFunctions(contentTopics, "permits"))
    violations.push({ id: "CT-4", message: "contentTopics is missing" })
  if (!isText(conversationIds?.description) || !hasFunctions(conversationIds, "make"))
    violations.push({ id: "CT-5", message: "conversationIds is missing" })
}

function checkFrames(node: Partial<FrameNode>, above: readonly unknown[], violations: Finding[]): void {
  const children: readonly Partial<FrameNode>[] = Array.isArray(node.children) ? node.children.filter(isObject) : []
  const tags = children.map(({ tag }) => tag)
  if (!Array.isArray(node.children) || !node.children.every(isObject) || above.includes(node))
    violations.push({ id: "CT-8", message: `the frames below ${node.name} are not a tree` })
  else if (
    new Set(tags).size !== tags.length ||
    !tags.every((tag) => Number.isSafeInteger(tag)) ||
    !children.every(({ name }) => isText(name))
  )
    violations.push({ id: "CT-8", message: `the frames below ${node.name} need names and distinct tags` })
  else for (const child of children) checkFrames(child, [...above, node], violations)
}

/** What it must bring in order to operate at all (CT-12). */
export function checkMachines(definition: object, violations: Finding[]): void {
  const { state, conversation, residentState, resident, commands, notices } = definition as Unchecked
  const missing = (message: string): number => violations.push({ id: "CT-12", message })
  if (conversation === undefined && resident === undefined) missing("a type has a conversation, a resident, or both")
  if (conversation !== undefined) {
    if (!hasFunctions(conversation, "start", "step", "routes", "view"))
      missing("the conversation's start, step, routes or view is missing")
    if (!isShape(state)) missing("the conversation's state is missing, or not made of cells and tables")
  }
  if (resident !== undefined) {
    if (!hasFunctions(resident, "start", "step", "routes")) missing("the resident's start, step or routes is missing")
    if (residentState !== undefined && !isShape(residentState))
      missing("the resident's state is not made of cells and tables")
  }
  for (const [name, vocabulary] of Object.entries({ commands, notices }))
    if (vocabulary !== undefined && !(isObject(vocabulary) && Object.values(vocabulary).every(isCodec)))
      missing(`${name} want a codec each`)
}

function isShape(state: unknown): boolean {
  if (!isObject(state) || Array.isArray(state)) return false
  return Object.values(state).every((piece: unknown) => {
    const { kind, codec, rowsMax } = (isObject(piece) ? piece : {}) as {
      kind?: unknown
      codec?: unknown
      rowsMax?: unknown
    }
    return (
      isCodec(codec) && (kind === "cell" || (kind === "table" && Number.isSafeInteger(rowsMax) && Number(rowsMax) > 0))
    )
  })
}

function isCodec(codec: unknown): boolean {
  return hasFunctions(codec, "encode", "decode") && Number.isSafeInteger((codec as { version?: unknown }).version)
}

/** What a declaration without violations SHOULD say and does not. */
export function checkRecommended(definition: object, warnings: Finding[]): void {
  const { membership, guarantees, contentTopics, channelBinding, frames } = definition as Declaration
  if (!isObject(membership)) warnings.push({ id: "CT-6", message: "membership is not stated" })
  const claims: readonly Partial<Guarantee>[] = Array.isArray(guarantees) ? guarantees : []
  if (claims.length === 0) warnings.push({ id: "CT-7", message: "guarantees are not stated" })
  for (const guarantee of claims)
    if (guarantee.name === undefined || !guaranteeNames.includes(guarantee.name))
      warnings.push({ id: "CT-7", message: `the guarantee ${guarantee.name} is not one that can be attacked` })
  if (!frames.encoding.includes("canonical"))
    warnings.push({ id: "CT-9", message: "the encoding does not say that it is canonical" })
  if (!Array.isArray(contentTopics.linkability) || contentTopics.linkability.length === 0)
    warnings.push({ id: "CT-15", message: "the topic policy does not say who can link what" })
  if (!isText(channelBinding)) warnings.push({ id: "CT-16", message: "channel binding is not stated" })
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0
}

function hasFunctions(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => typeof (value as Record<string, unknown>)[name] === "function")
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

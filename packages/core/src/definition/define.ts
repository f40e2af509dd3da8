import { ColloquyError } from "../errors.js"
import { walkFrames } from "../frames/frame-tree.js"
import { printTypeId, resolveTypeName, type TypeName } from "../identifiers/type-id.js"
import type { Machine, Resident, Vocabulary } from "../machine/machine.js"
import type { Shape } from "../machine/state.js"
import type { ConversationType } from "./conversation-type.js"
import type { Declaration } from "./declaration.js"
import { guaranteeNames } from "./guarantees.js"
import type { Finding } from "./requirements.js"

type Conversing<S extends Shape, R extends Shape, C extends Vocabulary, N extends Vocabulary> =
  | {
      readonly state: S
      readonly conversation: Machine<S, C, N>
      readonly residentState?: R
      readonly resident?: Resident<R>
    }
  | {
      readonly residentState: R
      readonly resident: Resident<R>
      readonly state?: undefined
      readonly conversation?: undefined
    }

export type Definition<S extends Shape, R extends Shape, C extends Vocabulary, N extends Vocabulary> = Declaration & {
  readonly commands?: C
  readonly notices?: N
} & Conversing<S, R, C, N>

/**
 * The one way to make a ConversationType. What a type MUST define is required by the compiler and checked again here:
 * `TYPE_INVALID` lists every violation at once, by requirement. What it SHOULD define and does not is in the type's `warnings`.
 */
export function defineConversationType<
  const S extends Shape,
  const R extends Shape = Record<never, never>,
  C extends Vocabulary = Record<never, never>,
  N extends Vocabulary = Record<never, never>,
>(definition: Definition<S, R, C, N>): ConversationType<C, N> {
  const violations: Finding[] = []
  const warnings: Finding[] = []
  const name = checkName(definition, violations, warnings)
  checkRequired(definition, violations)
  checkRecommended(definition, warnings)
  if (name === undefined || violations.length > 0)
    throw new ColloquyError(
      "TYPE_INVALID",
      `the ConversationType is not complete: ${violations.map(({ id, message }) => `${id}: ${message}`).join("; ")}`,
      { fields: { requirements: violations.map(({ id }) => id) } },
    )
  const { commands, notices, state, conversation, residentState, resident, ...declaration } = definition
  return {
    id: printTypeId(name),
    name,
    declaration,
    commands: commands ?? ({} as C),
    notices: notices ?? ({} as N),
    warnings,
    ...(conversation === undefined ? {} : { conversation: { state, machine: conversation } }),
    ...(resident === undefined ? {} : { resident: { state: residentState ?? {}, machine: resident } }),
  }
}

/** A definition as it may arrive from JavaScript: nothing is certain. */
type Unchecked = { readonly [K in keyof Declaration]?: Partial<Declaration[K]> | undefined } & {
  readonly state?: unknown
  readonly conversation?: unknown
  readonly residentState?: unknown
  readonly resident?: unknown
}

function checkName(definition: object, violations: Finding[], warnings: Finding[]): TypeName | undefined {
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

function checkRequired(definition: object, violations: Finding[]): void {
  const { encryption, frames, contentTopics, conversationIds, state, conversation, residentState, resident } =
    definition as Unchecked
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
  if (typeof frames?.encode !== "function" || typeof frames.decode !== "function")
    violations.push({ id: "CT-8", message: "frames must encode and decode" })
  else if (isText(frames.root?.name)) checkFrames(definition as Declaration, violations)
  if (!isText(contentTopics?.description) || typeof contentTopics?.permits !== "function")
    violations.push({ id: "CT-4", message: "contentTopics is missing" })
  if (!isText(conversationIds?.description) || typeof conversationIds?.make !== "function")
    violations.push({ id: "CT-5", message: "conversationIds is missing" })
  if (conversation === undefined && resident === undefined)
    violations.push({ id: "CT-12", message: "a type has a conversation, a resident, or both" })
  if (conversation !== undefined && !isObject(state))
    violations.push({ id: "CT-12", message: "the conversation's state is missing" })
  if (resident !== undefined && residentState !== undefined && !isObject(residentState))
    violations.push({ id: "CT-12", message: "the resident's state is not a shape" })
}

function checkFrames(declaration: Declaration, violations: Finding[]): void {
  for (const { node, path } of walkFrames(declaration.frames)) {
    const tags = node.children.map(({ tag }) => tag)
    if (new Set(tags).size !== tags.length || tags.includes(undefined))
      violations.push({ id: "CT-8", message: `the frames below ${path.join(".")} need distinct tags` })
  }
}

function checkRecommended(definition: object, warnings: Finding[]): void {
  const { membership, guarantees, contentTopics, channelBinding, frames } = definition as Partial<Declaration>
  if (membership === undefined) warnings.push({ id: "CT-6", message: "membership is not stated" })
  if (guarantees === undefined || guarantees.length === 0)
    warnings.push({ id: "CT-7", message: "guarantees are not stated" })
  for (const guarantee of guarantees ?? [])
    if (!guaranteeNames.includes(guarantee.name))
      warnings.push({ id: "CT-7", message: `the guarantee ${guarantee.name} is not one that can be attacked` })
  if (frames?.encoding !== undefined && !frames.encoding.includes("canonical"))
    warnings.push({ id: "CT-9", message: "the encoding does not say that it is canonical" })
  if (contentTopics !== undefined && !(contentTopics.linkability?.length > 0))
    warnings.push({ id: "CT-15", message: "the topic policy does not say who can link what" })
  if (!isText(channelBinding)) warnings.push({ id: "CT-16", message: "channel binding is not stated" })
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length > 0
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}

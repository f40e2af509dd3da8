import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf"
import { type FrameTree, walkFrames } from "@colloquy/core"
import fc, { type Arbitrary } from "fast-check"
import type { ConversationTypeFixture } from "../fixture.js"

/** Frames of every declared kind: the fixture's, else those that the schema of a protobuf tree allows; `undefined` where neither is there. */
export function framesOf(tree: FrameTree, fixture: ConversationTypeFixture): Arbitrary<unknown> | undefined {
  return fixture.frames ?? (tree.schema === undefined ? undefined : messages(tree.schema))
}

/** The name in the tree of the frame that a decoded value is. */
export function frameNameOf(tree: FrameTree, frame: unknown, fixture: ConversationTypeFixture): string | undefined {
  if (fixture.frameName !== undefined) return fixture.frameName(frame)
  const names = [...walkFrames(tree)].map(({ node }) => node.name)
  if (tree.schema !== undefined) return innermost(tree.schema, frame)
  const { kind } = (frame ?? {}) as { readonly kind?: unknown }
  return names.find((name) => typeof kind === "string" && plain(name) === plain(kind))
}

/** Of messages: what the choice of frames leads to. */
function innermost(message: DescMessage, frame: unknown): string {
  const choice = choiceOf(message)
  const chosen =
    choice && (frame as Record<string, { readonly case?: string; readonly value?: unknown }>)[choice.localName]
  const member = choice?.fields.find(({ localName }) => localName === chosen?.case)
  return member?.message === undefined ? message.name : innermost(member.message, chosen?.value)
}

/** The oneof that is a choice of frames: all its members are messages. */
export function choiceOf(message: DescMessage): DescMessage["oneofs"][number] | undefined {
  return message.oneofs.find(({ fields }) => fields.every(({ fieldKind }) => fieldKind === "message"))
}

function messages(message: DescMessage): Arbitrary<unknown> {
  const choice = choiceOf(message)
  const members: Record<string, Arbitrary<unknown>> = { $typeName: fc.constant(message.typeName) }
  for (const member of message.members) {
    if (member.kind === "oneof") {
      const cases = member.fields.map((field) =>
        fc.record({ case: fc.constant(field.localName), value: singular(field) }),
      )
      const absent = fc.constant({ case: undefined })
      members[member.localName] = member === choice ? fc.oneof(...cases) : fc.oneof(absent, ...cases)
    } else members[member.localName] = values(member)
  }
  return fc.record(members)
}

const presenceExplicit = 1

function values(field: DescField): Arbitrary<unknown> {
  if (field.fieldKind === "list") return fc.array(singular(field), { maxLength: 4 })
  const isOptional = field.fieldKind === "message" || Number(field.presence) === presenceExplicit
  return isOptional ? fc.option(singular(field), { nil: undefined }) : singular(field)
}

function singular(field: DescField): Arbitrary<unknown> {
  if (field.message !== undefined) return messages(field.message)
  if (field.enum !== undefined) return fc.constantFrom(...field.enum.values.map(({ number }) => number))
  return scalars(field.scalar as ScalarType, "longAsString" in field && field.longAsString)
}

const int32 = { min: -0x8000_0000, max: 0x7fff_ffff }
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }

function scalars(scalar: ScalarType, longAsString: boolean): Arbitrary<unknown> {
  const long = (range: { readonly min: bigint; readonly max: bigint }): Arbitrary<unknown> =>
    longAsString ? fc.bigInt(range).map(String) : fc.bigInt(range)
  switch (scalar) {
    case ScalarType.BYTES:
      return fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    case ScalarType.STRING:
      return fc.string({ unit: "grapheme", maxLength: 40 })
    case ScalarType.BOOL:
      return fc.boolean()
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return fc.integer(int32)
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 0xffff_ffff }))
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return long(int64)
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return long({ min: 0n, max: 2n ** 64n - 1n })
    case ScalarType.FLOAT:
      return fc.float({ noNaN: true })
    case ScalarType.DOUBLE:
      return fc.double({ noNaN: true })
  }
}

function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, "").toLowerCase()
}

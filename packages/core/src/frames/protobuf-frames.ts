import { type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf"
import type { FrameField, FrameNode, FrameTree } from "./frame-tree.js"
import { CanonicalReader } from "./protobuf-reader.js"
import { choiceOf, messageRules } from "./protobuf-rules.js"
import { CanonicalWriter } from "./protobuf-writer.js"

export interface ProtobufFramesOptions<Desc extends DescMessage> {
  /** The root message, as protoc-gen-es describes it: proto3, without maps and recursion. */
  readonly schema: Desc
  /** No longer encoding is made or read, in bytes. */
  readonly bytesMax: number
  /** What each frame is for, by the name of its message. */
  readonly descriptions?: Readonly<Record<string, string>>
}

/**
 * Frames written in canonical protobuf. A oneof whose members are all messages is a choice of frames: its members are the children in the
 * tree, and exactly one of them is set. A member of the root's choice that the schema does not declare decodes to `unknown` with its
 * field number; every other undeclared field is refused, at every depth.
 *
 * Canonical means: tags ascend; a singular field stands once and a oneof has one member; varints are minimal; a field without presence
 * is absent when it has its default value; repeated fields are packed as the schema says, never empty; strings are valid UTF-8;
 * a NaN has one form; there are no groups. So two different byte strings never decode to the same frame. Numbers of an enumeration
 * are not checked against its declared values.
 *
 * Throws `BAD_FRAMES` for a schema that cannot have such an encoding. `encode` throws `FRAME_VALUE` for a value that its field cannot hold.
 */
export function protobufFrames<const Desc extends DescMessage>(
  options: ProtobufFramesOptions<Desc>,
): FrameTree<MessageShape<Desc>> {
  const { schema, bytesMax, descriptions = {} } = options
  const rules = messageRules(schema)
  const reader = new CanonicalReader()
  const writer = new CanonicalWriter(bytesMax)
  return {
    root: frameNode(schema, undefined, descriptions),
    encoding: "protobuf (canonical)",
    bytesMax,
    schema,
    encode: (frame) => writer.write(rules, frame as Record<string, unknown>),
    decode(bytes) {
      if (bytes.length > bytesMax) return { kind: "refused", code: "FRAME_TOO_LONG" }
      const frame = reader.read(rules, bytes)
      if (frame !== undefined) return { kind: "frame", frame: frame as unknown as MessageShape<Desc> }
      if (reader.refusal !== undefined) return { kind: "refused", code: reader.refusal }
      return { kind: "unknown", tag: reader.unknownTag }
    },
  }
}

function frameNode(
  message: DescMessage,
  member: DescField | undefined,
  descriptions: Readonly<Record<string, string>>,
): FrameNode {
  const choice = choiceOf(message)
  const node = {
    name: message.name,
    description: descriptions[message.name] ?? "",
    fields: message.fields.filter((field) => choice === undefined || field.oneof !== choice).map(frameField),
    children: (choice?.fields ?? []).flatMap((field) =>
      field.message === undefined ? [] : [frameNode(field.message, field, descriptions)],
    ),
  }
  return member === undefined ? node : { ...node, tag: member.number }
}

function frameField(field: DescField): FrameField {
  const type = field.message?.name ?? field.enum?.name ?? ScalarType[field.scalar as ScalarType].toLowerCase()
  return { name: field.name, tag: field.number, type, repeated: field.fieldKind === "list" }
}

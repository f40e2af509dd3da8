import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import { fileDesc, messageDesc } from "@bufbuild/protobuf/codegenv2"
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt"
import { type DecodedFrame, type FrameNode, type FrameTree, protobufFrames } from "@colloquy/core"
import type { ProbeFlaw } from "./probe-flaws.js"

export interface Note {
  readonly case: "note"
  readonly value: { readonly content: Uint8Array; readonly lamport: bigint; readonly sentAtMs: bigint }
}
export interface Ping {
  readonly case: "ping"
  readonly value: { readonly word: string; readonly numbers: readonly number[] }
}
export interface ProbeFrame {
  readonly frame: Note | Ping
}

const { BYTES, UINT64, STRING, UINT32, MESSAGE } = FieldDescriptorProto_Type
const { OPTIONAL, REPEATED } = FieldDescriptorProto_Label

const file = create(FileDescriptorProtoSchema, {
  name: "probe.proto",
  package: "probe",
  syntax: "proto3",
  messageType: [
    {
      name: "Probe",
      field: [
        { name: "note", number: 1, type: MESSAGE, typeName: ".probe.Note", label: OPTIONAL, oneofIndex: 0 },
        { name: "ping", number: 2, type: MESSAGE, typeName: ".probe.Ping", label: OPTIONAL, oneofIndex: 0 },
      ],
      oneofDecl: [{ name: "frame" }],
    },
    {
      name: "Note",
      field: [
        { name: "content", number: 1, type: BYTES, label: OPTIONAL },
        { name: "lamport", number: 2, type: UINT64, label: OPTIONAL },
        { name: "sent_at_ms", jsonName: "sentAtMs", number: 3, type: UINT64, label: OPTIONAL },
      ],
    },
    {
      name: "Ping",
      field: [
        { name: "word", number: 1, type: STRING, label: OPTIONAL },
        { name: "numbers", number: 2, type: UINT32, label: REPEATED },
      ],
    },
  ],
})
const schema = messageDesc(fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString("base64")), 0)
const sound = protobufFrames({ schema, bytesMax: 4096 }) as unknown as FrameTree<ProbeFrame>

/** A tree of two frames, as it should be, or with a flaw. */
export function probeFrames(flaw: ProbeFlaw | undefined): FrameTree<ProbeFrame> {
  // Each type has an object of its own, so that watching one does not disturb another.
  const tree = { ...sound }
  const ghost: FrameNode = { name: "Ghost", tag: 3, description: "nobody can make one", fields: [], children: [] }
  const { root } = tree
  switch (flaw) {
    case "lenient-decoding":
      return { ...tree, decode: lenient }
    case "lossy-frames":
      return {
        ...tree,
        decode: (bytes) => changed(tree.decode(bytes), (note) => ({ ...note, lamport: note.lamport & 7n })),
      }
    case "aliased-frames":
      return {
        ...tree,
        decode: (bytes) => changed(tree.decode(bytes), (note) => ({ ...note, content: viewOf(bytes, note.content) })),
      }
    case "ignored-rest":
      return { ...tree, decode: (bytes) => tree.decode(bytes.at(-1) === 0xff ? bytes.subarray(0, -1) : bytes) }
    case "guessed-end":
      return { ...tree, decode: (bytes) => guessed(tree.decode(bytes)) }
    case "folded-case":
      return { ...tree, decode: (bytes) => folded(tree.decode(bytes)) }
    case "throwing-decoder":
      return {
        ...tree,
        decode(bytes) {
          if (bytes[0] === 0x42) throw new Error("what is this?")
          return tree.decode(bytes)
        },
      }
    case "ghost-frame":
      return { ...tree, root: { ...root, children: [...root.children, ghost] } }
    case "secret-frame":
      return { ...tree, root: { ...root, children: root.children.filter(({ name }) => name !== "Ping") } }
    default:
      return tree
  }
}

/** A frame of the one kind, or of the other. */
export function probeFrame(frame: Note | Ping): ProbeFrame {
  const message = schema.oneofs[0]?.fields.find(({ localName }) => localName === frame.case)?.message as typeof schema
  return create(schema, {
    frame: { case: frame.case, value: create(message, frame.value as never) },
  } as never) as unknown as ProbeFrame
}

/** Protobuf as it is usually read: the last one counts, whatever the order and the length. */
function lenient(bytes: Uint8Array): DecodedFrame<ProbeFrame> {
  try {
    const frame = fromBinary(schema, bytes) as unknown as ProbeFrame
    if ((frame.frame.case as string | undefined) === undefined) return sound.decode(bytes)
    return { kind: "frame", frame }
  } catch {
    return { kind: "refused", code: "FRAME_MALFORMED" }
  }
}

function changed(
  decoded: DecodedFrame<ProbeFrame>,
  change: (note: Note["value"]) => Note["value"],
): DecodedFrame<ProbeFrame> {
  if (decoded.kind !== "frame" || decoded.frame.frame.case !== "note") return decoded
  return {
    kind: "frame",
    frame: { ...decoded.frame, frame: { case: "note", value: change(decoded.frame.frame.value) } },
  }
}

function viewOf(bytes: Uint8Array, content: Uint8Array): Uint8Array {
  const at = Buffer.from(bytes).indexOf(content)
  return content.length === 0 ? content : bytes.subarray(at, at + content.length)
}

function guessed(decoded: DecodedFrame<ProbeFrame>): DecodedFrame<ProbeFrame> {
  if (decoded.kind !== "refused" || decoded.code !== "FRAME_TRUNCATED") return decoded
  const value = { content: new Uint8Array(3), lamport: 0n, sentAtMs: 0n }
  return { kind: "frame", frame: probeFrame({ case: "note", value }) }
}

function folded(decoded: DecodedFrame<ProbeFrame>): DecodedFrame<ProbeFrame> {
  return changed(decoded, (note) => ({ ...note, content: note.content.map((byte) => byte & 0xfe) }))
}

import { create, createFileRegistry, type DescMessage, fromJson, type Message } from "@bufbuild/protobuf"
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt"

/** What the wire holds, as `sketch-v1.md` says it in protobuf: a file descriptor written by hand, so that no generator is needed. */
const file = fromJson(FileDescriptorProtoSchema, {
  name: "sketch.proto",
  package: "type.v1",
  syntax: "proto3",
  messageType: [
    {
      name: "SketchFrame",
      oneofDecl: [{ name: "frame" }],
      field: [choice("content", 1, "Content"), choice("offer", 16, "Offer"), choice("invite", 17, "Invite")],
    },
    { name: "Content", field: [bytes("content", 1), uint64("lamport", 2), uint64("sent_at_ms", 3)] },
    { name: "Offer", field: [bytes("prekey", 1)] },
    {
      name: "Invite",
      oneofDecl: [{ name: "_first" }],
      field: [
        bytes("seed", 1),
        bytes("ratchet_key", 2),
        bytes("prekey", 3),
        { ...bytes("first", 4), proto3Optional: true, oneofIndex: 0 },
      ],
    },
  ],
})

export const schema = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(
  "type.v1.SketchFrame",
) as DescMessage

export interface Content {
  /** An encoded ContentFrame of the application. */
  readonly content: Uint8Array
  readonly lamport: bigint
  readonly sentAtMs: bigint
}

export interface Offer {
  /** X25519, 32 bytes. */
  readonly prekey: Uint8Array
}

export interface Invite {
  /** 32 bytes. */
  readonly seed: Uint8Array
  /** The initiator's first ratchet key, X25519, 32 bytes. */
  readonly ratchetKey: Uint8Array
  /** Of the offer, 32 bytes. */
  readonly prekey: Uint8Array
  /** The first payload, if something was said at once. */
  readonly first?: Uint8Array
}

/** As a decoded root looks. */
export interface SketchFrame extends Message {
  readonly frame:
    | { readonly case: "content"; readonly value: Content }
    | { readonly case: "offer"; readonly value: Offer }
    | { readonly case: "invite"; readonly value: Invite }
}

function choice(name: string, number: number, message: string) {
  return { name, number, label: "LABEL_OPTIONAL", type: "TYPE_MESSAGE", typeName: `.type.v1.${message}`, oneofIndex: 0 }
}

function bytes(name: string, number: number) {
  return { name, number, label: "LABEL_OPTIONAL", type: "TYPE_BYTES" }
}

function uint64(name: string, number: number) {
  return { name, number, label: "LABEL_OPTIONAL", type: "TYPE_UINT64" }
}

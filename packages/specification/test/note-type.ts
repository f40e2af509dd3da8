import { fileDesc, messageDesc } from "@bufbuild/protobuf/codegenv2"
import { create, toBinary } from "@bufbuild/protobuf"
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
} from "@bufbuild/protobuf/wkt"
import { type DocumentFacts, defineConversationType, idsAtRandom, protobufFrames, staticTopics } from "@colloquy/core"

const file = create(FileDescriptorProtoSchema, {
  name: "note.proto",
  package: "example.note.v1",
  syntax: "proto3",
  messageType: [
    {
      name: "NoteFrame",
      oneofDecl: [{ name: "frame" }],
      field: [member("note", 1, "Note"), member("removal", 2, "Removal")],
    },
    {
      name: "Note",
      oneofDecl: [{ name: "_lead" }],
      field: [
        { name: "text", number: 1, type: FieldDescriptorProto_Type.STRING, label: FieldDescriptorProto_Label.OPTIONAL },
        { name: "tags", number: 2, type: FieldDescriptorProto_Type.STRING, label: FieldDescriptorProto_Label.REPEATED },
        {
          name: "lead",
          number: 3,
          type: FieldDescriptorProto_Type.UINT64,
          label: FieldDescriptorProto_Label.OPTIONAL,
          proto3Optional: true,
          oneofIndex: 0,
        },
        {
          name: "colour",
          number: 4,
          type: FieldDescriptorProto_Type.ENUM,
          typeName: ".example.note.v1.Colour",
          label: FieldDescriptorProto_Label.OPTIONAL,
        },
      ],
    },
    {
      name: "Removal",
      field: [
        { name: "row", number: 1, type: FieldDescriptorProto_Type.BYTES, label: FieldDescriptorProto_Label.OPTIONAL },
      ],
    },
  ],
  enumType: [
    {
      name: "Colour",
      value: [
        { name: "COLOUR_UNSPECIFIED", number: 0 },
        { name: "COLOUR_RED", number: 1 },
      ],
    },
  ],
})

function member(name: string, number: number, message: string) {
  return {
    name,
    number,
    type: FieldDescriptorProto_Type.MESSAGE,
    typeName: `.example.note.v1.${message}`,
    label: FieldDescriptorProto_Label.OPTIONAL,
    oneofIndex: 0,
  }
}

const schema = messageDesc(fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString("base64")), 0)

/** A type that says something of everything; its machine does nothing. Its texts are as hostile as a text can be. */
export const NoteV1 = defineConversationType({
  specification: { title: "NOTE", document: "docs/note-v1.md", version: 1 },
  encryption: { scheme: "none", consequences: "everyone reads | everything <!-- end -->" },
  frames: protobufFrames({
    schema,
    bytesMax: 4096,
    descriptions: { NoteFrame: "the root", Note: "`a` | <b>note</b>\n<!-- end -->\n# x", Removal: "takes one down" },
  }),
  contentTopics: staticTopics("/note/1/all/proto"),
  conversationIds: idsAtRandom(),
  membership: { participantsMin: 2, participantsMax: 40, admission: "whoever comes" },
  guarantees: [
    { name: "integrity", scope: "none | at all", except: "[everything](javascript:1)" },
    { name: "ordering", scope: "by arrival" },
  ],
  channelBinding: "none",
  resident: {
    carries: false,
    start: (context) => ({
      kind: "next",
      conversation: context.conversationId({ from: "random", random: context.random(16) }),
      patch: {},
      effects: [],
    }),
    step: () => ({ kind: "refused", code: "NOT_SUPPORTED" }),
    routes: () => [],
  },
  residentState: {},
})

export const noteFacts: DocumentFacts = {
  document: "docs/note-v1.md",
  rules: "NO1",
  constants: {
    textMax: { value: 65_536, means: "the longest text", rule: "NO1-1" },
    waitsMs: { value: [120_000, 600_000], means: "waits", rule: "NO1-2" },
    label: { value: "note/1/key", means: "goes into the key", rule: "NO1-2" },
  },
}

import { create, createFileRegistry, type DescMessage, ScalarType } from "@bufbuild/protobuf"
import {
  type FieldDescriptorProto,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldDescriptorProtoSchema,
  FieldOptions_JSType,
  FieldOptionsSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt"

interface FieldOptions {
  readonly repeated?: boolean
  readonly packed?: boolean
  readonly optional?: boolean
  readonly oneof?: string
  readonly asString?: boolean
}

/** One line of a schema: a field's name, number, and scalar type or message name. */
export type FieldLine = readonly [name: string, number: number, type: ScalarType | string, options?: FieldOptions]

/** A descriptor made at run time, so that the tests need no generated code. */
export function schemaOf(
  messages: Readonly<Record<string, readonly FieldLine[]>>,
  root: string,
  { syntax = "proto3" }: { readonly syntax?: string } = {},
): DescMessage {
  const set = create(FileDescriptorSetSchema, {
    file: [
      {
        name: "test.proto",
        package: "test",
        syntax,
        messageType: Object.entries(messages).map(([name, lines]) => messageOf(name, lines)),
      },
    ],
  })
  const message = createFileRegistry(set).getMessage(`test.${root}`)
  if (message === undefined) throw new Error(`no message ${root}`)
  return message
}

function messageOf(name: string, lines: readonly FieldLine[]) {
  const oneofs = [...new Set(lines.flatMap(([, , , options]) => options?.oneof ?? []))]
  const optionals = lines.filter(([, , , options]) => options?.optional === true).map(([field]) => `_${field}`)
  const field = lines.map((line) => fieldOf(line, [...oneofs, ...optionals]))
  return { name, field, oneofDecl: [...oneofs, ...optionals].map((oneof) => ({ name: oneof })) }
}

function fieldOf([name, number, type, options = {}]: FieldLine, oneofs: readonly string[]): FieldDescriptorProto {
  const field = create(FieldDescriptorProtoSchema, {
    name,
    number,
    label: options.repeated === true ? Label.REPEATED : Label.OPTIONAL,
    type: typeof type === "string" ? Type.MESSAGE : (type as number as Type),
  })
  if (typeof type === "string") field.typeName = `.test.${type}`
  if (options.oneof !== undefined) field.oneofIndex = oneofs.indexOf(options.oneof)
  if (options.optional === true) {
    field.proto3Optional = true
    field.oneofIndex = oneofs.indexOf(`_${name}`)
  }
  if (options.packed !== undefined || options.asString === true)
    field.options = create(FieldOptionsSchema, {
      ...(options.packed === undefined ? {} : { packed: options.packed }),
      ...(options.asString === true ? { jstype: FieldOptions_JSType.JS_STRING } : {}),
    })
  return field
}

/** Every kind of field, below a root with a choice of frames and two fields beside it. */
export const everything = schemaOf(
  {
    Root: [
      ["stamp", 1, ScalarType.UINT32],
      ["all", 2, "All", { oneof: "frame" }],
      ["inner", 3, "Inner", { oneof: "frame" }],
      ["bare", 4, "Bare", { oneof: "frame" }],
      ["note", 20, ScalarType.STRING, { optional: true }],
    ],
    Bare: [],
    Inner: [
      ["left", 1, "Bare", { oneof: "side" }],
      ["right", 2, "Item", { oneof: "side" }],
    ],
    Item: [
      ["key", 1, ScalarType.BYTES],
      ["weight", 2, ScalarType.SINT32],
    ],
    All: [
      ["f_double", 1, ScalarType.DOUBLE],
      ["f_float", 2, ScalarType.FLOAT],
      ["f_int64", 3, ScalarType.INT64],
      ["f_uint64", 4, ScalarType.UINT64],
      ["f_int32", 5, ScalarType.INT32],
      ["f_fixed64", 6, ScalarType.FIXED64],
      ["f_fixed32", 7, ScalarType.FIXED32],
      ["f_bool", 8, ScalarType.BOOL],
      ["f_string", 9, ScalarType.STRING],
      ["f_bytes", 12, ScalarType.BYTES],
      ["f_uint32", 13, ScalarType.UINT32],
      ["f_sfixed32", 15, ScalarType.SFIXED32],
      ["f_sfixed64", 16, ScalarType.SFIXED64],
      ["f_sint32", 17, ScalarType.SINT32],
      ["f_sint64", 18, ScalarType.SINT64],
      ["text_long", 19, ScalarType.UINT64, { asString: true }],
      ["o_uint32", 20, ScalarType.UINT32, { optional: true }],
      ["o_bytes", 21, ScalarType.BYTES, { optional: true }],
      ["items", 30, "Item", { repeated: true }],
      ["names", 31, ScalarType.STRING, { repeated: true }],
      ["packed", 32, ScalarType.UINT32, { repeated: true }],
      ["loose", 33, ScalarType.SINT64, { repeated: true, packed: false }],
      ["flags", 34, ScalarType.BOOL, { repeated: true }],
      ["item", 300, "Item"],
      ["as_text", 500, ScalarType.STRING, { oneof: "plain" }],
      ["as_number", 5000, ScalarType.UINT32, { oneof: "plain" }],
      ["far", 536_870_911, ScalarType.UINT32],
    ],
  },
  "Root",
)

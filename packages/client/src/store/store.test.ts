import { create, type DescField, type DescMessage, ScalarType, toBinary } from "@bufbuild/protobuf"
import { toHex } from "@colloquy/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { file_store, TextRecordSchema } from "../generated/store_pb.js"
import { decodeRecord, encodeRecord } from "./store.js"

const scalars: Partial<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  [ScalarType.STRING]: fc.string({ unit: "grapheme", maxLength: 200 }),
  [ScalarType.BYTES]: fc.uint8Array({ maxLength: 2000 }),
  [ScalarType.BOOL]: fc.boolean(),
  [ScalarType.UINT32]: fc.nat(0xffff_ffff),
  [ScalarType.DOUBLE]: fc.double({ noNaN: true }),
}

function valueOf(field: DescField): fc.Arbitrary<unknown> {
  if (field.message !== undefined)
    return field.fieldKind === "list" ? fc.array(messageOf(field.message), { maxLength: 4 }) : messageOf(field.message)
  const scalar = field.scalar === undefined ? undefined : scalars[field.scalar]
  if (scalar === undefined) throw new Error(`${field.name} is of a kind that this test does not make`)
  return field.fieldKind === "list" ? fc.array(scalar, { maxLength: 4 }) : scalar
}

function messageOf(schema: DescMessage): fc.Arbitrary<Record<string, unknown>> {
  const plain = schema.fields.filter(({ oneof }) => oneof === undefined)
  const parts = Object.fromEntries(plain.map((field) => [field.localName, valueOf(field)]))
  const choices = schema.oneofs.map(({ localName, fields }) => [
    localName,
    fc.oneof(
      fc.constant({ case: undefined }),
      ...fields.map((field) => fc.record({ case: fc.constant(field.localName), value: valueOf(field) })),
    ),
  ])
  return fc.record({ ...parts, ...Object.fromEntries(choices) }).map((fields) => create(schema, fields as never))
}

describe("a stored record", () => {
  for (const schema of file_store.messages)
    it(`${schema.name} is written as protobuf writes it`, () => {
      fc.assert(
        fc.property(messageOf(schema), (record) => {
          const bytes = encodeRecord(schema, record as never)
          expect(toHex(bytes)).toBe(toHex(toBinary(schema, record as never)))
          expect(decodeRecord(schema, bytes)).toEqual(record)
        }),
        { numRuns: 50 },
      )
    })

  it("takes text that is no Unicode as it always did", () => {
    const record = create(TextRecordSchema, { text: "a\ud800b", number: 3 })
    expect(decodeRecord(TextRecordSchema, encodeRecord(TextRecordSchema, record)).text).toBe("a\ufffdb")
  })
})

import { expect, test } from "vitest"
import { placesOf } from "../document/lines.js"
import { parseProto } from "./parse-proto.js"
import type { ProtoFile } from "./proto.js"

function parse(text: string): ProtoFile {
  return parseProto(text, placesOf(text))
}

function problems(text: string): readonly string[] {
  return parse(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`)
}

test("a whole file is read: names, types, numbers, labels, oneofs, maps, comments, reserved", () => {
  const file = parse(`syntax = "proto3";
package lantern.v1;
import public "google/protobuf/timestamp.proto";
option go_package = "x";
// A note.
message Note {
  reserved 2, 5 to 7, 100 to max; reserved "old", 'older';
  // What was written.
  // In UTF-8.
  optional bytes text = 1; // at most 1,024 bytes
  repeated .lantern.v1.Note.Shade shades = 3 [packed = true, (a.b) = { c: 1 }];
  map<string, Wick> wicks = 0x10; /* by name */
  oneof what { string name = 8; Wick wick = 9; }
  message Wick { uint32 length = 1; }
  enum Shade { option allow_alias = true; NONE = 0; DIM = -1; DARK = -1 [deprecated = true]; reserved 4; }
  extensions 1000 to 1999;
  Note message = 11;
}
service Notes { rpc Put (Note) returns (Note) { option idempotent = true; } rpc Get (Note) returns (Note); }
message Last {}
`)
  expect(file.problems).toEqual([])
  expect(file).toMatchObject({
    syntax: "proto3",
    packageName: "lantern.v1",
    imports: ["google/protobuf/timestamp.proto"],
  })
  expect(file.messages.map(({ fullName }) => fullName)).toEqual(["Note", "Note.Wick", "Last"])
  const [note] = file.messages
  expect(
    note?.fields.map(({ label, type, name, number, oneof, isMap }) => ({ label, type, name, number, oneof, isMap })),
  ).toEqual([
    { label: "optional", type: "bytes", name: "text", number: 1, oneof: undefined, isMap: false },
    { label: "repeated", type: ".lantern.v1.Note.Shade", name: "shades", number: 3, oneof: undefined, isMap: false },
    { label: undefined, type: "Wick", name: "wicks", number: 16, oneof: undefined, isMap: true },
    { label: undefined, type: "string", name: "name", number: 8, oneof: "what", isMap: false },
    { label: undefined, type: "Wick", name: "wick", number: 9, oneof: "what", isMap: false },
    { label: undefined, type: "Note", name: "message", number: 11, oneof: undefined, isMap: false },
  ])
  expect(note?.fields[0]).toMatchObject({
    comment: "What was written. In UTF-8. at most 1,024 bytes",
    line: 10,
    column: 18,
  })
  expect(note?.fields[2]?.comment).toBe("by name")
  expect(note?.reserved.map(({ from, to, name }) => name ?? `${from}-${to}`)).toEqual([
    "2-2",
    "5-7",
    "100-536870911",
    "old",
    "older",
  ])
  expect(file.enums).toMatchObject([
    {
      fullName: "Note.Shade",
      allowAlias: true,
      values: [
        { name: "NONE", number: 0 },
        { name: "DIM", number: -1 },
        { name: "DARK", number: -1 },
      ],
    },
  ])
})

test("a fragment is read as far as it goes", () => {
  expect(parse("bytes text = 1;\nuint32 tag = 2;")).toMatchObject({ messages: [], problems: [] })
  const open = parse(
    "message A {\n  bytes a = 1;\n  // ...\n}\nmessage B {\n  ...\n}\nmessage C {\n  oneof d {\n    ... more of them\n    bytes e = 2;\n  }\n}",
  )
  expect(open.problems).toEqual([])
  expect(open.messages.map(({ name, elided }) => [name, elided?.line])).toEqual([
    ["A", 3],
    ["B", 6],
    ["C", 10],
  ])
  expect(open.messages[2]?.fields.map(({ name }) => name)).toEqual(["e"])
  expect(parse("message A {\n+ bytes a = 1;\n- bytes b = 2;\n}").messages[0]?.fields.map(({ name }) => name)).toEqual([
    "a",
    "b",
  ])
})

test("what a compiler would not take is told with its place, and what follows is read all the same", () => {
  expect(problems("message A {\n  bytes a = 1\n  bytes b = 2;\n}")).toEqual(["2:9 the field a is not ended by ;"])
  expect(problems("message A {\n  bytes a = 1,\n  bytes b = 2;\n}")).toEqual([
    "2:14 the field a ends with , instead of ;",
  ])
  expect(problems("message A {\n  bytes\n}\nmessage B { bytes c = 1; }")).toEqual([
    "2:3 a field needs a type and a name: “bytes”",
  ])
  expect(problems("message A { bytes a = 1;")).toEqual(["1:25 A is not closed by }"])
  expect(problems("message { bytes a = 1; }")).toEqual(["1:9 a message without a name"])
  expect(problems("message A { } }")).toEqual(["1:15 unexpected “}”"])
  expect(problems("enum A { B = 0, C = 1; }")).toEqual(["1:10 the value B is not ended by ;"])
  expect(problems("message A { reserved a; bytes b = 1; }")).toEqual([
    "1:22 reserved takes numbers, ranges and names in quotation marks",
  ])
  const after = parse("message A {\n  @ what;\n  bytes a;\n  bytes b = 2;\n}\nmessage B { bytes c = 1; }")
  expect(
    after.messages.map(({ name, fields }) => [name, ...fields.map((field) => `${field.name} ${field.number}`)]),
  ).toEqual([
    ["A", "a undefined", "b 2"],
    ["B", "c 1"],
  ])
  expect(after.problems).toHaveLength(1)
})

test("problems and depth are bounded", () => {
  expect(parse("@;".repeat(1000)).problems).toHaveLength(20)
  const deep = parse("message A { ".repeat(100) + "}".repeat(100))
  expect(deep.problems.map(({ message }) => message)).toContain("messages are nested more than 32 deep")
  expect(deep.messages.length).toBeLessThan(40)
})

test("a group of proto2 is a message and a field of it", () => {
  const { messages, problems: none } = parse(
    "message A { repeated group Lamp = 3 { required bytes oil = 1; } oneof b { group Wick = 4 { } } optional group last = 5; }",
  )
  expect(none).toEqual([])
  expect(messages.map(({ fullName }) => fullName)).toEqual(["A", "A.Lamp", "A.Wick"])
  expect(messages[0]?.fields).toMatchObject([
    { name: "lamp", type: "Lamp", number: 3, label: "repeated", oneof: undefined, column: 28 },
    { name: "wick", type: "Wick", number: 4, oneof: "b" },
    { name: "last", type: "group", number: 5 },
  ])
  expect(messages[1]?.fields).toMatchObject([{ name: "oil", number: 1, label: "required" }])
  expect(problems("message A = 1 { }")).not.toEqual([])
})

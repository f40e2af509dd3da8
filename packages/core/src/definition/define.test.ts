import { ScalarType } from "@bufbuild/protobuf"
import { describe, expect, expectTypeOf, it } from "vitest"
import { schemaOf } from "../../test/frames-schema.js"
import { utf8 } from "../bytes.js"
import { ColloquyError } from "../errors.js"
import { protobufFrames } from "../frames/protobuf-frames.js"
import { idsAtRandom } from "../identifiers/conversation-id.js"
import type { Machine, Resident, Said } from "../machine/machine.js"
import { bytesCodec, cell, type Codec, type Initial, type Patch, type State, table } from "../machine/state.js"
import { inboxTopics } from "../topics/topic-policy.js"
import type { ConversationType } from "./conversation-type.js"
import type { Declaration } from "./declaration.js"
import { defineConversationType } from "./define.js"
import { guaranteeNames } from "./guarantees.js"
import { requirements } from "./requirements.js"

const schema = schemaOf(
  { Root: [["note", 1, "Note", { oneof: "frame" }]], Note: [["text", 1, ScalarType.STRING]] },
  "Root",
)
const declaration = {
  specification: { title: "BOARD", document: "specs/board.md" },
  encryption: { scheme: "none", consequences: "everyone reads everything" },
  frames: protobufFrames({ schema, bytesMax: 100 }),
  contentTopics: inboxTopics,
  conversationIds: idsAtRandom(),
  membership: { participantsMin: 1, participantsMax: 2, admission: "whoever comes" },
  guarantees: [{ name: "ordering", scope: "none at all" }],
  channelBinding: "none",
} as const satisfies Declaration

const counting: Codec<number> = { version: 1, encode: (value) => utf8(String(value)), decode: () => 0 }
const naming: Codec<{ readonly name: string }> = {
  version: 1,
  encode: ({ name }) => utf8(name),
  decode: () => ({ name: "" }),
}
const state = { count: cell(counting), rows: table(bytesCodec, 10) }
type BoardState = typeof state

const machine: Machine<BoardState, Record<never, never>, Record<never, never>> = {
  start: () => ({ kind: "refused", code: "NO" }),
  step: () => ({ kind: "refused", code: "NO" }),
  routes: () => [],
  view: () => ({ participants: [], carriesTo: [], can: { send: true }, contentBytesMax: 1 }),
}
const resident: Resident<Record<never, never>> = {
  carries: false,
  start: () => ({ kind: "next", patch: {}, effects: [], conversation: "" as never }),
  step: () => ({ kind: "refused", code: "NO" }),
  routes: () => [],
}
const leaf = { name: "Leaf", tag: 1, description: "", fields: [], children: [] }
const board = { ...declaration, state, conversation: machine }

describe("a complete declaration", () => {
  it("CT-10, CT-11: becomes a type under the identifier of its document, without warnings", () => {
    const type = defineConversationType(board)
    expect(type).toMatchObject({
      id: "BoardV1",
      name: { name: "board", version: 1 },
      warnings: [],
      commands: {},
      notices: {},
    })
    expect(type.declaration).toEqual(declaration)
    expect(type.conversation).toEqual({ state, machine })
    expect(type).not.toHaveProperty("resident")
  })

  it("CT-11: is another type in another version, and warns where title and file differ", () => {
    const specification = { title: "PRIVATE1", document: "privatev1.md" }
    expect(defineConversationType({ ...board, specification })).toMatchObject({ id: "PrivateV1", warnings: [] })
    expect(defineConversationType({ ...board, specification: { ...specification, version: 2 } })).toMatchObject({
      id: "PrivateV2",
      warnings: [{ id: "CT-10" }, { id: "CT-10" }],
    })
    const other = { title: "OUTBOX", document: "inbox.md" }
    expect(defineConversationType({ ...board, specification: other })).toMatchObject({
      id: "InboxV1",
      warnings: [{ id: "CT-10" }],
    })
  })

  it("may have a resident beside its conversation, or alone", () => {
    const both = defineConversationType({ ...board, residentState: {}, resident })
    expect(both.resident).toEqual({ state: {}, machine: resident })
    const alone = defineConversationType({ ...declaration, residentState: {}, resident })
    expect(alone.conversation).toBeUndefined()
    expect(alone.resident?.machine).toBe(resident)
  })
})

describe("what a type must define", () => {
  it("is listed at once, by requirement", () => {
    const found = violations({})
    expect([...new Set(found)].sort()).toEqual(["CT-1", "CT-10", "CT-12", "CT-2", "CT-3", "CT-4", "CT-5", "CT-8"])
  })

  it.each<[string, object, readonly string[]]>([
    ["CT-1: the encryption", { encryption: undefined }, ["CT-1"]],
    ["CT-1: what follows from none", { encryption: { scheme: "none" } }, ["CT-1"]],
    ["CT-1: what the encryption is", { encryption: { scheme: "X" } }, ["CT-1"]],
    [
      "CT-2: a named root",
      { frames: { ...declaration.frames, root: { ...declaration.frames.root, name: "" } } },
      ["CT-2"],
    ],
    ["CT-3: the encoding", { frames: { ...declaration.frames, encoding: "" } }, ["CT-3"]],
    ["CT-4: the topics", { contentTopics: { description: "anywhere" } }, ["CT-4"]],
    ["CT-5: the ids", { conversationIds: { make: () => "" } }, ["CT-5"]],
    ["CT-8: frames that decode", { frames: { ...declaration.frames, decode: undefined } }, ["CT-8"]],
    ["CT-8: a tree of frames", { frames: { ...declaration.frames, root: { name: "Root" } } }, ["CT-8"]],
    ["CT-8: frames with tags", framesWith([{ ...leaf, tag: undefined }]), ["CT-8"]],
    ["CT-8: distinct tags", framesWith([leaf, leaf]), ["CT-8"]],
    ["CT-8: frames that are objects", framesWith([null]), ["CT-8"]],
    ["CT-8: no frame within itself", framesWith([loop()]), ["CT-8"]],
    ["CT-10: a title", { specification: { document: "board.md" } }, ["CT-10"]],
    ["CT-11: a version from 1 up", { specification: { title: "BOARD", document: "board.md", version: 0 } }, ["CT-11"]],
    [
      "CT-11: a version that is a number",
      { specification: { title: "BOARD", document: "board.md", version: "1" } },
      ["CT-11"],
    ],
    ["CT-11: a name", { specification: { title: "1", document: "1.md" } }, ["CT-11"]],
    ["CT-12: a document", { specification: { title: "BOARD" } }, ["CT-12"]],
    ["CT-12: a machine", { conversation: undefined }, ["CT-12"]],
    ["CT-12: a machine that steps", { conversation: { ...machine, step: undefined } }, ["CT-12"]],
    ["CT-12: the state of its machine", { state: undefined }, ["CT-12"]],
    ["CT-12: a state of cells and tables", { state: { count: 0 } }, ["CT-12"]],
    ["CT-12: tables with bounds", { state: { rows: { ...table(bytesCodec, 1), rowsMax: undefined } } }, ["CT-12"]],
    ["CT-12: cells with codecs", { state: { count: { kind: "cell" } } }, ["CT-12"]],
    ["CT-12: a resident that steps", { resident: {}, residentState: {} }, ["CT-12"]],
    ["CT-12: codecs of commands", { commands: { rename: {} } }, ["CT-12"]],
    ["CT-12: codecs of notices", { notices: { renamed: null } }, ["CT-12"]],
  ])("includes %s", (_, change, expected) => {
    expect(violations({ ...board, ...change })).toEqual(expected)
  })

  it("is listed whatever stands in its place", () => {
    for (const junk of [null, 0, "x", [], {}, () => 0])
      for (const key of [
        "specification",
        "encryption",
        "frames",
        "contentTopics",
        "conversationIds",
        "state",
        "conversation",
      ])
        expect([key, junk, violations({ ...board, [key]: junk }).length > 0]).toEqual([
          key,
          junk,
          !isEmptyShape(key, junk),
        ])
  })

  it("is named in the error's message as well", () => {
    expect(() => defineConversationType({ ...board, encryption: undefined } as never)).toThrow(/CT-1: encryption/)
  })
})

describe("what a type should define", () => {
  it.each<[string, object]>([
    ["CT-6", { membership: undefined }],
    ["CT-7", { guarantees: undefined }],
    ["CT-7", { guarantees: [] }],
    ["CT-7", { guarantees: [{ name: "perfection", scope: "always" }] }],
    ["CT-9", { frames: { ...declaration.frames, encoding: "protobuf" } }],
    ["CT-15", { contentTopics: { ...inboxTopics, linkability: [] } }],
    ["CT-16", { channelBinding: undefined }],
  ])("%s is a warning where it is missing", (id, change) => {
    const { warnings } = defineConversationType({ ...board, ...change } as typeof board)
    expect(warnings.map((warning) => warning.id)).toEqual([id])
  })

  it("is a warning whatever stands in its place", () => {
    for (const junk of [null, 0, "x", {}])
      for (const key of ["membership", "guarantees"] as const)
        expect(() => defineConversationType({ ...board, [key]: junk } as never)).not.toThrow()
  })
})

describe("the requirements", () => {
  it("are CT-1 to CT-17, each with its level", () => {
    expect(Object.keys(requirements)).toEqual(Array.from({ length: 17 }, (_, i) => `CT-${i + 1}`))
    const levels = Object.entries(requirements).filter(([, { level }]) => level === "must")
    expect(levels.map(([id]) => id)).toEqual([
      "CT-1",
      "CT-2",
      "CT-3",
      "CT-4",
      "CT-5",
      "CT-8",
      "CT-10",
      "CT-11",
      "CT-12",
    ])
  })

  it("CT-7: the names of guarantees are distinct", () => {
    expect(new Set(guaranteeNames).size).toBe(guaranteeNames.length)
  })
})

describe("the types of a definition", () => {
  it("infer commands and notices from their codecs, and state from its pieces", () => {
    const type = defineConversationType({
      ...declaration,
      state,
      commands: { rename: naming, raise: counting },
      notices: { renamed: naming },
      conversation: {
        start: (_input, context) => ({
          kind: "next",
          conversation: context.conversationId({ from: "random", random: context.random(16) }),
          patch: { count: 0 },
          effects: [],
        }),
        step(current, input) {
          expectTypeOf(current.count).toBeNumber()
          expectTypeOf(current.rows).toEqualTypeOf<ReadonlyMap<string, Uint8Array>>()
          if (input.kind !== "command") return { kind: "refused", code: "NO" }
          if (input.name === "raise") {
            expectTypeOf(input.body).toBeNumber()
            return { kind: "next", patch: { rows: new Map([["a", undefined]]) }, effects: [] }
          }
          expectTypeOf(input.name).toEqualTypeOf<"rename">()
          expectTypeOf(input.body).toEqualTypeOf<{ readonly name: string }>()
          return {
            kind: "next",
            patch: {},
            effects: [{ kind: "notice", name: "renamed", body: { name: input.body.name } }],
          }
        },
        routes: () => [],
        view: ({ count }) => ({ participants: [], carriesTo: [], can: { send: count < 3 }, contentBytesMax: 1 }),
      },
    })
    expectTypeOf(type).toExtend<
      ConversationType<
        { rename: Codec<{ readonly name: string }>; raise: Codec<number> },
        { renamed: Codec<{ readonly name: string }> }
      >
    >()
    expectTypeOf<Said<typeof type.commands>["name"]>().toEqualTypeOf<"rename" | "raise">()
    expect(Object.keys(type.commands)).toEqual(["rename", "raise"])
  })

  it("refuse what is missing or belongs elsewhere", () => {
    expectTypeOf<Omit<typeof board, "frames">>().not.toExtend<
      Parameters<typeof defineConversationType<BoardState>>[0]
    >()
    expectTypeOf<Omit<typeof board, "state">>().not.toExtend<Parameters<typeof defineConversationType<BoardState>>[0]>()
    expectTypeOf<typeof board>().toExtend<Parameters<typeof defineConversationType<BoardState>>[0]>()
    expectTypeOf<{ scheme: "none" }>().not.toExtend<Declaration["encryption"]>()
    expectTypeOf<{ count: string }>().not.toExtend<Patch<BoardState>>()
    expectTypeOf<{ rows: Map<string, Uint8Array | undefined> }>().toExtend<Patch<BoardState>>()
    expectTypeOf<object>().not.toExtend<Initial<BoardState>>()
    expectTypeOf<{ count: number }>().toExtend<Initial<BoardState>>()
    expectTypeOf<State<BoardState>["count"]>().toBeNumber()
  })
})

function framesWith(children: readonly unknown[]): object {
  return { frames: { ...declaration.frames, root: { ...declaration.frames.root, children } } }
}

function loop(): object {
  const node = { ...leaf, children: [] as object[] }
  node.children.push(node)
  return node
}

/** No pieces at all are a state as well. */
function isEmptyShape(key: string, junk: unknown): boolean {
  return key === "state" && JSON.stringify(junk) === "{}"
}

function violations(definition: object): readonly string[] {
  try {
    defineConversationType(definition as never)
  } catch (error) {
    if (error instanceof ColloquyError && error.code === "TYPE_INVALID")
      return error.fields["requirements"] as readonly string[]
    throw error
  }
  return []
}

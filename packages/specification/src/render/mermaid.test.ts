import fc from "fast-check"
import type { FrameNode } from "@colloquy/core"
import { expect, test } from "vitest"
import { decodeTree, messageFlow } from "./mermaid.js"

const leaf = (name: string, tag?: number): FrameNode => ({
  name,
  description: "",
  fields: [],
  children: [],
  ...(tag === undefined ? {} : { tag }),
})

test("a decode tree leads from bytes to each frame, to unknown ones and to refusal", () => {
  const root: FrameNode = {
    ...leaf("Root"),
    children: [{ ...leaf("A", 1), fields: [{ name: "x", tag: 1, type: "bytes", repeated: false }] }, leaf("B", 16)],
  }
  expect(decodeTree(root).split("\n")).toEqual([
    "flowchart LR",
    '  bytes(["bytes"]) --> f0',
    '  f0{{"Root"}}',
    '  f1["A: x"]',
    '  f0 -->|"1"| f1',
    '  f2["B"]',
    '  f0 -->|"16"| f2',
    '  unknown(["unknown frame, reported"])',
    '  f0 -->|"another number"| unknown',
    '  refused(["refused"])',
    '  bytes -->|"no such encoding"| refused',
  ])
})

test("a message flow names people once and keeps the order", () => {
  const flow = {
    people: ["Saro", "Raya"],
    arrows: [
      { from: "Raya", to: "Saro", label: "introduction", aside: true },
      { from: "Saro", to: "Raya", label: "invite: 2,048 bytes" },
    ],
  }
  expect(messageFlow(flow).split("\n")).toEqual([
    "sequenceDiagram",
    "  participant p0 as Saro",
    "  participant p1 as Raya",
    "  p1-->>p0: introduction",
    "  p0->>p1: invite: 2,048 bytes",
  ])
})

/** What the diagrams may have: each line one of few statements, and in a text no character that Mermaid reads. */
const text = String.raw`(?:[A-Za-z0-9 _.,:()/'\-]|#\d+;)+`
const tree = new RegExp(
  String.raw`^(?:flowchart LR|  \w+(?:\[|\{\{|\(\[)"${text}"(?:\]|\}\}|\]\))(?: --> f0)?|  \w+ -->\|"${text}"\| \w+)$`,
)
const sequence = new RegExp(String.raw`^(?:sequenceDiagram|  participant p\d+ as ${text}|  p\d+--?>>p\d+: ${text})$`)

test("no name can end a line, a text or the diagram", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom('"]\n  click f0 "javascript:1"', "end", "a;b", "%%{init}%%", "`x`", "#35;", "<b>", "\u202eend", ""),
  )
  fc.assert(
    fc.property(hostile, hostile, hostile, (a, b, c) => {
      const fields = [{ name: c, tag: 1, type: c, repeated: false }]
      const drawn = decodeTree({ ...leaf(a), children: [{ ...leaf(b, 1), fields }] })
      for (const line of drawn.split("\n")) expect(line).toMatch(tree)
      const flow = messageFlow({ people: [a, b], arrows: [{ from: a, to: b, label: c }] })
      for (const line of flow.split("\n")) expect(line).toMatch(sequence)
      expect(`${drawn}\n${flow}`).not.toMatch(/\bend\b/i)
    }),
  )
})

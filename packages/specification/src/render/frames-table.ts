import type { DescField } from "@bufbuild/protobuf"
import { type FrameNode, type FrameTree, walkFrames } from "@colloquy/core"
import type { Table } from "mdast"
import { code, type Inline, listed, table } from "./nodes.js"
import { labelOf, reachedFrom, typeOf } from "./schema.js"

/** Every frame with its place and its fields; below, where the encoding is protobuf, what the frames hold besides. */
export function framesTable(tree: FrameTree): Table {
  const nodes = [...walkFrames(tree)]
  return table([
    ["frame", "number", "in", "fields", "what it is"],
    ...nodes.map(({ node, parent }) => [
      code(node.name),
      String(node.tag ?? ""),
      parent === undefined ? "" : code(parent.name),
      tree.schema === undefined ? declaredFields(node) : fieldsOf(tree.schema, node),
      node.description,
    ]),
    ...held(tree, new Set(nodes.map(({ node }) => node.name))),
  ])
}

function declaredFields({ fields }: FrameNode): Inline {
  return listed(
    fields.map(({ name, tag, type, repeated }) => [code(name), ` ${tag} ${repeated ? "repeated " : ""}${type}`]),
  )
}

/** From the schema, which knows labels; the choice of frames is not among a frame's fields. */
function fieldsOf(schema: NonNullable<FrameTree["schema"]>, { name, children }: FrameNode): Inline {
  const message = reachedFrom([schema]).messages.find((one) => one.name === name)
  const choices = new Set(children.map(({ tag }) => tag))
  return listed((message?.fields ?? []).filter(({ number }) => !choices.has(number)).map(field))
}

function held({ schema }: FrameTree, frames: ReadonlySet<string>): readonly (readonly Inline[])[] {
  if (schema === undefined) return []
  const { messages, enums } = reachedFrom([schema])
  const holders = (name: string): Inline =>
    listed(
      messages.filter(({ fields }) => fields.some((one) => typeOf(one) === name)).map((holder) => code(holder.name)),
    )
  return [
    ...messages
      .filter(({ name }) => !frames.has(name))
      .map(({ name, fields }) => [code(name), "", holders(name), listed(fields.map(field)), "part of a frame"]),
    ...enums.map(({ name, values }) => [
      code(name),
      "",
      holders(name),
      listed(values.map((value) => [code(value.name), ` ${value.number}`])),
      "values of a field",
    ]),
  ]
}

function field(one: DescField): Inline {
  const words = [String(one.number), labelOf(one), typeOf(one)].filter((word) => word !== "")
  return [code(one.name), ` ${words.join(" ")}`]
}

import { create, type DescMessage, type Message } from "@bufbuild/protobuf"
import { everything } from "../../../../packages/core/test/frames-schema.js"
import { FuzzError } from "../../fuzz-error.js"

/** Frames that hold every kind of field. */
export function everyFrame(): readonly Message[] {
  const all = {
    fDouble: 1.5,
    fFloat: -0.25,
    fInt64: -5n,
    fUint64: 2n ** 64n - 1n,
    fInt32: -7,
    fFixed64: 9n,
    fFixed32: 10,
    fBool: true,
    fString: "größe",
    fBytes: Uint8Array.of(1, 2, 3),
    fUint32: 300,
    fSfixed32: -3,
    fSfixed64: -4n,
    fSint32: -5,
    fSint64: -6n,
    textLong: "18446744073709551615",
    oUint32: 0,
    oBytes: new Uint8Array(0),
    items: [made("Item", { key: Uint8Array.of(9), weight: -1 }), made("Item")],
    names: ["", "a", "b"],
    packed: [0, 1, 300],
    loose: [-1n, 0n],
    flags: [true, false],
    item: made("Item", { weight: 70_000 }),
    plain: { case: "asText", value: "text" },
    far: 1,
  }
  return [
    root({ case: "all", value: made("All", all) }, { stamp: 1, note: "" }),
    root({ case: "all", value: made("All", { plain: { case: "asNumber", value: 0 }, fDouble: Number.NaN }) }),
    root({ case: "inner", value: made("Inner", { side: { case: "left", value: made("Bare") } }) }),
    root({ case: "inner", value: made("Inner", { side: { case: "right", value: made("Item", { weight: 1 }) } }) }),
    root({ case: "bare", value: made("Bare") }, { note: "note" }),
  ]
}

function made(name: string, value: object = {}): Message {
  const schema: DescMessage | undefined = everything.file.messages.find((message) => message.name === name)
  if (schema === undefined) throw new FuzzError("TARGET", `there is no message ${name}`)
  return create(schema, value as never)
}

function root(frame: object, more: object = {}): Message {
  return { ...create(everything, more as never), frame } as Message
}

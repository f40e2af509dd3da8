import {
  be64,
  ColloquyError,
  concat,
  type DecodedFrame,
  type FrameNode,
  type FrameTree,
  fromBe64,
  fromUtf8,
  utf8,
} from "@colloquy/core"

/** Something said. */
export interface EntryFrame {
  readonly kind: "entry"
  readonly lamport: number
  readonly sentAtMs: number
  /** A ContentFrame, for the application to read. */
  readonly content: Uint8Array
}
/** A note that goes up on the board. */
export interface PinFrame {
  readonly kind: "pin"
  readonly text: string
}
/** A note that comes down; `row` is 1 to 32 characters. */
export interface UnpinFrame {
  readonly kind: "unpin"
  readonly row: string
}
export type BoardFrame = EntryFrame | PinFrame | UnpinFrame

const tags = { entry: 1, pin: 2, unpin: 3 } as const
const bytesMax = 4096

const root: FrameNode = {
  name: "Board",
  description: "one byte that says which frame it is, then the frame",
  fields: [],
  children: [
    {
      name: "Entry",
      tag: tags.entry,
      description: "something said",
      fields: [
        { name: "lamport", tag: 1, type: "64-bit big-endian", repeated: false },
        { name: "sent_at_ms", tag: 2, type: "64-bit big-endian", repeated: false },
        { name: "content", tag: 3, type: "the rest", repeated: false },
      ],
      children: [],
    },
    {
      name: "Pin",
      tag: tags.pin,
      description: "a note that goes up",
      fields: [{ name: "text", tag: 1, type: "the rest, UTF-8", repeated: false }],
      children: [],
    },
    {
      name: "Unpin",
      tag: tags.unpin,
      description: "a note that comes down",
      fields: [{ name: "row", tag: 1, type: "the rest, UTF-8", repeated: false }],
      children: [],
    },
  ],
}

/**
 * BO1-10, BO1-11: the frames in an encoding of their own: fields of fixed length in a fixed order, and one last field that takes the rest. Each frame has one
 * encoding because there is nothing to choose. It is not protobuf: a type brings whatever encoding it likes.
 */
export const boardFrames: FrameTree<BoardFrame> = {
  root,
  encoding: "fixed fields (canonical)",
  bytesMax,
  encode(frame) {
    const bytes = concat(Uint8Array.of(tags[frame.kind]), ...fields(frame))
    if (bytes.length > bytesMax) throw new ColloquyError("FRAME_TOO_LONG", `a frame has at most ${bytesMax} bytes`)
    return bytes
  },
  decode(bytes) {
    const [tag] = bytes
    if (tag === undefined) return { kind: "refused", code: "FRAME_EMPTY" }
    if (bytes.length > bytesMax) return { kind: "refused", code: "FRAME_TOO_LONG" }
    if (tag === tags.entry) return decodeEntry(bytes)
    if (tag !== tags.pin && tag !== tags.unpin) return { kind: "unknown", tag }
    const text = fromUtf8(bytes.subarray(1))
    if (text === undefined) return { kind: "refused", code: "FRAME_MALFORMED" }
    if (tag === tags.pin) return { kind: "frame", frame: { kind: "pin", text } }
    if (text.length < 1 || text.length > 32) return { kind: "refused", code: "FRAME_MALFORMED" }
    return { kind: "frame", frame: { kind: "unpin", row: text } }
  },
}

function fields(frame: BoardFrame): Uint8Array[] {
  switch (frame.kind) {
    case "entry":
      return [be64(frame.lamport), be64(frame.sentAtMs), frame.content]
    case "pin":
      return [utf8(frame.text)]
    case "unpin":
      return [utf8(frame.row)]
  }
}

function decodeEntry(bytes: Uint8Array): DecodedFrame<BoardFrame> {
  if (bytes.length < 17) return { kind: "refused", code: "FRAME_TRUNCATED" }
  const [lamport, sentAtMs] = [fromBe64(bytes, 1), fromBe64(bytes, 9)]
  if (!Number.isSafeInteger(lamport) || !Number.isSafeInteger(sentAtMs))
    return { kind: "refused", code: "FRAME_MALFORMED" }
  return { kind: "frame", frame: { kind: "entry", lamport, sentAtMs, content: new Uint8Array(bytes.subarray(17)) } }
}

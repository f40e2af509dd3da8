import { be64, ColloquyError, concat, type FrameTree, fromBe64 } from "@colloquy/core"

/** Everything that the type can say. An invite travels in a parcel, a post is sealed. */
export type BulletinFrame =
  | { readonly kind: "post"; readonly sentAtMs: number; readonly content: Uint8Array }
  | { readonly kind: "invite"; readonly root: Uint8Array; readonly chain: Uint8Array; readonly next: number }

const bytesMax = 4096

const node = (name: string, tag: number, description: string, fields: readonly string[]) => ({
  name,
  tag,
  description,
  fields: fields.map((field, index) => ({ name: field, tag: index + 1, type: "bytes", repeated: false })),
  children: [],
})

export const frames: FrameTree<BulletinFrame> = {
  root: {
    name: "Bulletin",
    description: "one byte that says which frame follows",
    fields: [],
    children: [
      node("Post", 1, "something posted", ["sent_at_ms", "content"]),
      node("Invite", 2, "what a reader needs", ["root", "chain", "next"]),
    ],
  },
  encoding: "fixed fields (canonical)",
  bytesMax,
  encode(frame) {
    const bytes =
      frame.kind === "post"
        ? concat(Uint8Array.of(1), be64(frame.sentAtMs), frame.content)
        : concat(Uint8Array.of(2), frame.root, frame.chain, be64(frame.next))
    if (bytes.length > bytesMax) throw new ColloquyError("FRAME_TOO_LONG", `a frame has at most ${bytesMax} bytes`)
    return bytes
  },
  decode(bytes) {
    const [tag] = bytes
    if (tag === undefined) return { kind: "refused", code: "FRAME_EMPTY" }
    if (bytes.length > bytesMax) return { kind: "refused", code: "FRAME_TOO_LONG" }
    if (tag !== 1 && tag !== 2) return { kind: "unknown", tag }
    if (tag === 1 ? bytes.length < 9 : bytes.length !== 73) return { kind: "refused", code: "FRAME_MALFORMED" }
    const number = fromBe64(bytes, tag === 1 ? 1 : 65)
    if (!Number.isSafeInteger(number)) return { kind: "refused", code: "FRAME_MALFORMED" }
    return {
      kind: "frame",
      frame:
        tag === 1
          ? { kind: "post", sentAtMs: number, content: bytes.slice(9) }
          : { kind: "invite", root: bytes.slice(1, 33), chain: bytes.slice(33, 65), next: number },
    }
  },
}

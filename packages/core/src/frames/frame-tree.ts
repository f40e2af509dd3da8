import type { DescMessage } from "@bufbuild/protobuf"

/** One frame of a type: a protocol object with its place in the tree. */
export interface FrameNode {
  readonly name: string
  /** What distinguishes it among its siblings on the wire; `undefined` for the root. */
  readonly tag?: number
  readonly description: string
  readonly fields: readonly FrameField[]
  readonly children: readonly FrameNode[]
}

export interface FrameField {
  readonly name: string
  readonly tag: number
  readonly type: string
  readonly repeated: boolean
}

/**
 * `frame`: a declared frame. `unknown`: well-formed bytes whose choice this version does not declare; harmless, for the application to see.
 * `refused`: not the encoding of anything.
 */
export type DecodedFrame<F> =
  | { readonly kind: "frame"; readonly frame: F }
  | { readonly kind: "unknown"; readonly tag: number }
  | { readonly kind: "refused"; readonly code: FrameRefusal }

export type FrameRefusal =
  | "FRAME_EMPTY"
  | "FRAME_TOO_LONG"
  | "FRAME_TRUNCATED"
  | "FRAME_MALFORMED"
  | "FRAME_NOT_MINIMAL"
  | "FRAME_DUPLICATE_FIELD"
  | "FRAME_FIELD_ORDER"
  | "FRAME_TWO_CHOICES"
  | "FRAME_UNDECLARED_FIELD"

/**
 * Every frame that a type can put on the wire (CT-2, CT-8), as a tree that can be walked, and the one way to write and read them (CT-9):
 * each frame has exactly one encoding, and decoding is a function that refuses all others.
 */
export interface FrameTree<F = unknown> {
  readonly root: FrameNode
  /** The name of the encoding (CT-3), such as `protobuf (canonical)`. */
  readonly encoding: string
  /** No longer encoding is made or read, in bytes. */
  readonly bytesMax: number
  /** The message at the root where the encoding is protobuf: tests and documents are derived from it. */
  readonly schema?: DescMessage
  /** Throws `FRAME_TOO_LONG`, `FRAME_UNDECLARED` for a value without a declared choice, `FRAME_VALUE` for one that a field can't hold. */
  encode(frame: F): Uint8Array
  /** Never throws. What it returns does not alias the bytes. */
  decode(bytes: Uint8Array): DecodedFrame<F>
}

/** Each frame of the tree, parents first, with its path from the root. */
export function* walkFrames(
  tree: FrameTree,
): Generator<{ readonly node: FrameNode; readonly parent?: FrameNode; readonly path: readonly string[] }> {
  const visit = function* (
    node: FrameNode,
    parent: FrameNode | undefined,
    path: readonly string[],
  ): Generator<{ readonly node: FrameNode; readonly parent?: FrameNode; readonly path: readonly string[] }> {
    const here = [...path, node.name]
    yield parent === undefined ? { node, path: here } : { node, parent, path: here }
    for (const child of node.children) yield* visit(child, node, here)
  }
  yield* visit(tree.root, undefined, [])
}

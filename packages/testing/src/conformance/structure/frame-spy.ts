import { type AnyConversationType, ColloquyError, type DecodedFrame, type FrameTree } from "@colloquy/core"

type Watched = { -readonly [K in "encode" | "decode"]: FrameTree[K] }

/** Watches what a type writes and reads through its declared tree, for as long as it takes, and may put other bytes in the place of what it writes. */
export async function watchFrames(
  { id, declaration }: AnyConversationType,
  watcher: {
    encoded?(frame: unknown, bytes: Uint8Array): Uint8Array
    decoded?(bytes: Uint8Array, result: DecodedFrame<unknown>): void
  },
  run: () => Promise<void>,
): Promise<void> {
  const tree = declaration.frames as FrameTree & Watched
  const { encode, decode } = tree
  if (Object.isFrozen(tree)) throw new ColloquyError("FRAMES_FROZEN", `the frames of ${id} can't be watched`)
  tree.encode = (frame) => {
    const bytes = encode.call(tree, frame)
    return watcher.encoded?.(frame, bytes) ?? bytes
  }
  tree.decode = (bytes) => {
    const result = decode.call(tree, bytes)
    watcher.decoded?.(bytes, result)
    return result
  }
  try {
    await run()
  } finally {
    tree.encode = encode
    tree.decode = decode
  }
}

import { cell, table } from "@colloquy/core"
import { gapCodec } from "./gaps.js"
import { gapsMax } from "./limits.js"
import { linkCodec } from "./link.js"
import { outgoingCodec, outgoingMax } from "./outgoing.js"

/**
 * RL-20: the pieces of a conversation's state that the compact profile needs, to be spread into a type's own under these names: then `State` and `Patch`
 * of the type fit {@link CompactState} and {@link CompactPatch}. A new conversation starts with `link: freshLink` and no rows.
 */
export const compactPieces = {
  link: cell(linkCodec),
  outgoing: table(outgoingCodec, outgoingMax),
  gaps: table(gapCodec, gapsMax),
}

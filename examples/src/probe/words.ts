import {
  type Codec,
  ColloquyError,
  concat,
  fromUtf8,
  type Participant,
  participantFromKey,
  participantKey,
  utf8,
} from "@colloquy/core"

/** A note with the row that it hangs in, and who put it there. */
export interface Pinned {
  readonly row: string
  readonly by: Participant
  readonly text: string
}

const textCodec: Codec<{ readonly text: string }> = {
  version: 1,
  encode: ({ text }) => utf8(text),
  decode: (bytes) => ({ text: textOf(bytes) }),
}

const rowCodec: Codec<{ readonly row: string }> = {
  version: 1,
  encode: ({ row }) => utf8(row),
  decode: (bytes) => ({ row: textOf(bytes) }),
}

const pinnedCodec: Codec<Pinned> = {
  version: 1,
  encode: ({ row, by, text }) => concat(participantKey(by), Uint8Array.of(utf8(row).length), utf8(row), utf8(text)),
  decode(bytes) {
    const end = 33 + (bytes[32] ?? 0)
    return {
      by: participantFromKey(bytes.subarray(0, 32)),
      row: textOf(bytes.subarray(33, end)),
      text: textOf(bytes.subarray(end)),
    }
  },
}

/** What an application can tell a board to do. */
export const commands = { pin: textCodec, unpin: rowCodec }
/** What a board tells an application. */
export const notices = { pinned: pinnedCodec, unpinned: rowCodec }

export type BoardCommands = typeof commands
export type BoardNotices = typeof notices

function textOf(bytes: Uint8Array): string {
  const text = fromUtf8(bytes)
  if (text === undefined) throw new ColloquyError("STORE_DAMAGED", "stored text is not UTF-8")
  return text
}

import { lintDocument, type LintInput, type LintReport } from "@colloquy/specification"

/** A small type whose document keeps every rule: what a test takes away or adds is what it finds. */
export const specimen = `---
title: LANTERN
version: 1
type: LanternV1
status: raw
editor: Saro
---

# LANTERN

## Abstract

LanternV1 is a conversation type. Two participants exchange short notes that only they can read.

## Background

People who share a house leave notes. The words MUST, MUST NOT, SHOULD and MAY are used as RFC 2119 defines them.

## Theory

- **LA-1.** A conversation has two participants. It is confidential and gives forward secrecy and deniability (see [the frames](#frames)).
- **LA-2.** The conversation id is \`/lantern/1/\` and 32 hexadecimal digits of a BLAKE2b hash, so that ids are unique.
- **LA-3.** Payloads go to the topic \`/lantern/1/notes/proto\`. The topic leaks that somebody writes a note, no more.
- **LA-4.** A payload is encrypted with ChaCha20-Poly1305. The associated data is the conversation id. A recipient looks the key up by its hint (LA-2).
- **LA-5.** At most \`NOTES_MAX\` notes are kept.

| constant    | value |
| ----------- | ----- |
| \`NOTES_MAX\` | 64    |

## Wire format

### Frames

The encoding is canonical protobuf.

\`\`\`protobuf
syntax = "proto3";
message LanternV1Frame {
  reserved 9;
  oneof frame {
    Note note = 1;
    Shade shade = 2;
  }
}
message Note {
  bytes text = 1; // UTF-8, at most 1,024 bytes
  uint64 sent_at = 2; // milliseconds since 1970
  bytes signature = 3; // 64 bytes
}
enum Shade {
  SHADE_NONE = 0;
  SHADE_DIM = 1;
}
\`\`\`

- **text:** this field is what the sender wrote.

The signature covers the bytes of \`Note.text\`. The frame carries a serialized \`Note\`.

## Security and privacy considerations

There is no protection against whoever takes the device.

## Implementation suggestions

The code is short.

## Copyright

Copyright and related rights waived via [CC0](https://creativecommons.org/publicdomain/zero/1.0/).
`

/** The specimen with one thing changed. Throws unless the text to change is there, once. */
export function changed(from: string, to: string, text = specimen): string {
  if (text.split(from).length !== 2) throw new Error(`not there once: ${from}`)
  return text.replace(from, () => to)
}

export function lint(text: string, input: Partial<LintInput> = {}): LintReport {
  return lintDocument({ path: "specs/lantern.md", text, ...input })
}

/** From 1: the line of the first place where a text stands. */
export function lineOf(part: string, text: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length
}

import { type ConversationTypeFixture, oneSpeaker } from "@colloquy/testing"
import { InboxV1 } from "colloquy"
import fc from "fast-check"

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

/** One person speaks, invites come by the inbox, and these are the frames. */
export const bulletinFixture: ConversationTypeFixture = oneSpeaker({
  beside: [InboxV1],
  participants: 3,
  frames: fc.oneof(
    fc.record({ kind: fc.constant("post"), sentAtMs: fc.nat(), content: fc.uint8Array({ maxLength: 100 }) }),
    fc.record({ kind: fc.constant("invite"), root: bytes(32), chain: bytes(32), next: fc.nat() }),
  ),
})

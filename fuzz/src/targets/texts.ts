import { fromUtf8, parseConversationId, parseMessageId, parseParticipant, parseTopic, utf8 } from "@colloquy/core"
import {
  fromBase64url,
  fromHex,
  inboxTopics,
  parseTypeId,
  printTopic,
  printTypeId,
  secretTopics,
  staticTopics,
  toBase64url,
  toHex,
  type Topic,
} from "@colloquy/core"
import { parseCount } from "../../../apps/cli/src/arguments/count.js"
import { parseDuration } from "../../../apps/cli/src/arguments/duration.js"
import { columns } from "../../../apps/cli/src/output/columns.js"
import { jsonLine, printable, printableLines, shortened } from "../../../apps/cli/src/output/printable.js"
import { wrapped } from "../../../apps/cli/src/output/wrapped.js"
import { refusable } from "../properties/decoder.js"
import { must, type Target } from "../target.js"

const secret = secretTopics({ application: "colloquy", version: "1", name: "talk", encoding: "proto" })
const still = staticTopics("/colloquy/1/board/proto")

/** Every parser of names, on the same text. */
export const identifiers: Target = {
  name: "identifiers",
  holds: "an id, topic or encoded text has one form: what is read prints as it was",
  form: "text",
  bytesMax: 400,
  runs: 5000,
  open: async () => ({
    seeds: [
      `/private/1/${"0a".repeat(16)}`,
      `/a-b-c/999999/${"f".repeat(32)}`,
      "0a".repeat(16),
      "5a".repeat(32),
      "PrivateV1",
      "AnnouncementChannelV12",
      "/colloquy/1/inbox-0a/proto",
      `/colloquy/1/talk-${"0a".repeat(16)}/proto`,
      "/a.b_c-d/V1/x/json",
      "AAEC_-8",
    ].map((text) => utf8(text)),
    check(input) {
      const text = fromUtf8(input)
      if (text === undefined) return
      const id = parseConversationId(text)
      if (id !== undefined) {
        must(id.id === text && `/${id.name}/${id.version}/${id.ident}` === text, "a conversation id in two forms")
        must(id.type === printTypeId(id) && parseTypeId(id.type)?.name === id.name, "an id of no type")
      }
      const type = parseTypeId(text)
      if (type !== undefined) must(printTypeId(type) === text, "a type id in two forms")
      const topic = parseTopic(text)
      if (topic !== undefined) must(printTopic(topic) === text, "a topic in two forms")
      for (const policy of [inboxTopics, secret, still])
        if (policy.permits(text as Topic)) must(topic !== undefined, "a policy permits what is no topic")
      const message = refusable(() => parseMessageId(text))
      must(typeof message === "string" ? message === text : message.refused === "BAD_MESSAGE_ID", "a message id")
      const participant = refusable(() => parseParticipant(text))
      must(
        typeof participant === "string" ? participant === text : participant.refused === "BAD_PARTICIPANT",
        "a participant",
      )
      const hex = fromHex(text)
      if (hex !== undefined) must(toHex(hex) === text, "hexadecimal digits in two forms")
      const base64 = fromBase64url(text)
      if (base64 !== undefined) must(toBase64url(base64) === text, "base64url in two forms")
    },
  }),
}

/** What a person types, and what others' text becomes on his screen. */
export const commandLine: Target = {
  name: "command-line",
  holds: "arguments are in bounds or refused; what is printed of a text holds nothing that a terminal acts on",
  form: "text",
  bytesMax: 400,
  runs: 5000,
  open: async () => {
    const count = parseCount(1, 1000)
    return {
      seeds: ["5s", "1.5h", "999999999w", "42", "1000", "a\u202eb\r\nc\u001b[2J\td", "👨\u200d👩 é \ud7ff"].map(
        (text) => utf8(text),
      ),
      check(input) {
        const text = fromUtf8(input)
        if (text === undefined) return
        const counted = argument(() => count(text))
        must(counted === undefined || (Number.isInteger(counted) && counted >= 1 && counted <= 1000), "a count")
        const duration = argument(() => parseDuration(text))
        must(
          duration === undefined || (Number.isInteger(duration) && duration >= 1 && duration <= 3_155_760_000_000),
          "a duration",
        )
        for (const line of [printable(text), ...printableLines(text), jsonLine({ [text]: text })])
          must(!/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u.test(line), "a control is printed")
        must((JSON.parse(jsonLine({ text })) as { text: string }).text === text, "JSON means something else")
        must(Array.from(shortened(printable(text), 20)).length <= 20, "a shortened text is long")
        must(wrapped(text, 2).replace(/\s/g, "") === text.replace(/\s/g, ""), "wrapping loses something")
        must(columns([[printable(text), "x"]]).length === 1, "columns")
      },
    }
  },
}

/** What an argument is; `undefined` where commander is told that it is none. */
function argument(parse: () => number): number | undefined {
  try {
    return parse()
  } catch (error) {
    if ((error as { code?: string }).code === "commander.invalidArgument") return undefined
    throw error
  }
}

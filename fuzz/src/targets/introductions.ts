import { fromUtf8, inboxTopics, type TypeId, utf8 } from "@colloquy/core"
import { identityFromSeed } from "@colloquy/crypto"
import {
  encodeBody,
  type IntroductionTerms,
  signedIntroductions,
} from "../../../packages/client/src/introduction/introduction-body.js"
import {
  decodeIntroduction,
  decodeIntroductionBytes,
  encodeIntroduction,
  type Introduction,
} from "../../../packages/client/src/introduction/introduction.js"
import { checkDecoder, type Decoder } from "../properties/decoder.js"
import type { Target } from "../target.js"
import { counting, crypto } from "./support/bytes.js"

const nowMs = 1_790_000_000_000
const owner = identityFromSeed(crypto, counting(32))
const terms: IntroductionTerms = {
  participant: owner.participant,
  inboxTopic: inboxTopics.of(owner.participant, crypto),
  createdAtMs: nowMs - 1000,
  expiresAtMs: nowMs + 86_400_000,
  uses: 1,
  offers: [
    { type: "InboxV1" as TypeId, body: counting(40) },
    { type: "PrivateV1" as TypeId, body: counting(60) },
  ],
}
const valid = encodeIntroduction(terms, (message) => owner.sign(message), crypto)
const label = utf8("colloquy/introduction/1\0")

const decoder: Omit<Decoder<Introduction>, "decode"> = {
  codes: /^INTRODUCTION_(MALFORMED|TRUNCATED|TOO_LONG|VERSION|FORGED|EXPIRED|EARLY)$/,
  canonical: true,
}

export const introductionText: Target = {
  name: "introduction-text",
  holds: "text is one introduction or refused, whatever stands around it",
  form: "text",
  bytesMax: 8192,
  runs: 2000,
  open: async () => ({
    seeds: [
      utf8(valid.text),
      utf8(` colloquy:${valid.text}\n`),
      utf8("colloquy_intro_2_AAAA"),
      utf8(valid.text.slice(0, 40)),
    ],
    check(input) {
      const text = fromUtf8(input)
      if (text === undefined) return
      checkDecoder(
        {
          ...decoder,
          canonical: false,
          decode: (bytes) => reading(decodeIntroduction(fromUtf8(bytes) ?? "", crypto, nowMs)),
        },
        input,
      )
    },
  }),
}

export const introductionBytes: Target = {
  name: "introduction-bytes",
  holds: "bytes are one introduction or refused",
  form: "fields",
  bytesMax: 4096,
  runs: 2000,
  open: async () => ({
    seeds: [valid.bytes],
    check: (input) =>
      void checkDecoder(
        { ...decoder, decode: (bytes) => reading(decodeIntroductionBytes(bytes, crypto, nowMs)) },
        input,
      ),
  }),
}

/** What a hostile owner signs: the body of the introduction. */
export const introductionBody: Target = {
  name: "introduction-body",
  holds: "whatever an owner signs is an introduction that may be made, or refused",
  form: "fields",
  bytesMax: 4096,
  runs: 1000,
  open: async () => ({
    seeds: [encodeBody(terms), encodeBody({ ...terms, offers: [] })],
    check: (input) =>
      void checkDecoder(
        {
          ...decoder,
          decode: (body) => reading(decodeIntroductionBytes(signed(body), crypto, nowMs)),
          encode: (introduction) => encodeBody(introduction),
        },
        input,
      ),
  }),
}

function signed(body: Uint8Array): Uint8Array {
  const message = new Uint8Array(label.length + body.length)
  message.set(label)
  message.set(body, label.length)
  return signedIntroductions.encode({
    $typeName: "colloquy.introduction.v1.SignedIntroduction",
    body: new Uint8Array(body),
    signature: owner.sign(message),
  })
}

function reading(decoded: ReturnType<typeof decodeIntroduction>) {
  return decoded.kind === "introduction" ? { value: decoded.introduction } : { refused: decoded.code }
}

import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { hex, join, random } from "./bytes.js"
import { Identity } from "./identity.js"
import {
  type IntroductionBody,
  introductionText,
  makeIntroduction,
  readIntroduction,
  signBody,
} from "./introduction.js"
import { bytesOf, field, read } from "./protobuf.js"
import { type Ours, World } from "./world.js"

/** CT-12, introduction.md: what each program gives away, the other reads, and what nobody may give away. */
let world: World
let ours: Ours
let saro: Identity
beforeEach(async () => {
  world = new World()
  ours = await world.open()
  saro = new Identity(() => world.clock.now)
})
afterEach(() => world.close())

const minute = 60_000
const day = 24 * 60 * minute

/** `done`, or the code with which our client refuses it. */
async function outcome(introduction: string): Promise<string> {
  try {
    await ours.client.conversations.start(introduction)
    return "done"
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

/** One that the other program signs, whatever it says. */
const otherwise = (said: Partial<IntroductionBody>): string => makeIntroduction(saro, day, said).text

/** The signed bytes of a good one. */
const parts = (): { body: Uint8Array; signature: Uint8Array } => {
  const fields = read(makeIntroduction(saro).signed)
  return { body: bytesOf(fields, 1), signature: bytesOf(fields, 2) }
}

describe("CT-12: introductions", () => {
  it("INT-1: the other program reads what ours gives, as a text, with white space, and as a link", async () => {
    const given = await ours.client.introduce({ expiresInMs: day })
    for (const form of [given, `\n ${given}\t`, `colloquy:${given}`, ` COLLOQUY:${given} `]) {
      const { key, createdAtMs, expiresAtMs, uses, offers } = readIntroduction(form)
      expect(hex(key)).toBe(ours.client.participant)
      expect([createdAtMs, expiresAtMs, uses]).toEqual([world.clock.now, world.clock.now + day, 1])
      expect([...offers.keys()]).toEqual(["PrivateV1", "InboxV1"])
    }
    for (const form of [`${given.slice(0, 40)} ${given.slice(40)}`, given.toUpperCase(), `${given}=`])
      expect(() => readIntroduction(form)).toThrow()
  })

  it("INT-1: ours reads what the other program gives, as a text, with white space, and as a link", async () => {
    for (const form of [(text: string) => text, (text: string) => `\r\n${text} `, (text: string) => `Colloquy:${text}`])
      expect(await outcome(form(makeIntroduction(saro).text))).toBe("done")
  })

  it("INT-3, INT-5, INT-7: ours takes what is just within the bounds", async () => {
    const nowMs = world.clock.now
    const fillers = Array.from(
      { length: 14 },
      (_, index) => [`Type${"ABCDEFGHIJKLMN"[index] ?? ""}V1`, random(4000)] as const,
    )
    const { offers } = readIntroduction(makeIntroduction(saro).text)
    const good = [...offers]
    expect(await outcome(otherwise({ offers: [...fillers, ...good] }))).toBe("done")
    expect(await outcome(otherwise({ createdAtMs: nowMs + day, expiresAtMs: nowMs + 91 * day }))).toBe("done")
    expect(await outcome(otherwise({ createdAtMs: nowMs - day, expiresAtMs: nowMs + 1 }))).toBe("done")
  })

  it.each<readonly [string, string, () => string]>([
    ["INTRODUCTION_TOO_LONG", "98,305 characters", () => "x".repeat(98_305)],
    ["INTRODUCTION_VERSION", "of another version", () => makeIntroduction(saro).text.replace("_1_", "_2_")],
    ["INTRODUCTION_TRUNCATED", "cut in the prefix", () => "colloquy_int"],
    ["INTRODUCTION_TRUNCATED", "cut in the body", () => makeIntroduction(saro).text.slice(0, 800)],
    ["INTRODUCTION_TRUNCATED", "without its last characters", () => makeIntroduction(saro).text.slice(0, -4)],
    ["INTRODUCTION_MALFORMED", "something else", () => "hello"],
    ["INTRODUCTION_MALFORMED", "white space inside", () => makeIntroduction(saro).text.replace("_1_", "_1_ ")],
    ["INTRODUCTION_MALFORMED", "padded", () => `${makeIntroduction(saro).text}=`],
    [
      "INTRODUCTION_MALFORMED",
      "fields in another order",
      () => introductionText(join(field(2, parts().signature), field(1, parts().body))),
    ],
    [
      "INTRODUCTION_MALFORMED",
      "an unknown field",
      () => introductionText(join(makeIntroduction(saro).signed, field(3, "more"))),
    ],
    [
      "INTRODUCTION_FORGED",
      "signed by somebody else",
      () => introductionText(join(field(1, parts().body), field(2, new Identity().sign(parts().body)))),
    ],
    [
      "INTRODUCTION_FORGED",
      "an identity that did not sign",
      () => introductionText(signBody(new Identity(), parts().body)),
    ],
    [
      "INTRODUCTION_FORGED",
      "an identity of low order",
      () => otherwise({ key: new Uint8Array(32).fill(0, 1).fill(1, 0, 1) }),
    ],
    ["INTRODUCTION_MALFORMED", "no use", () => otherwise({ uses: 0 })],
    ["INTRODUCTION_MALFORMED", "65,536 uses", () => otherwise({ uses: 65_536 })],
    ["INTRODUCTION_MALFORMED", "over before it began", () => otherwise({ expiresAtMs: world.clock.now })],
    [
      "INTRODUCTION_MALFORMED",
      "good for more than 90 days",
      () => otherwise({ expiresAtMs: world.clock.now + 90 * day + 1 }),
    ],
    ["INTRODUCTION_MALFORMED", "another's topic", () => otherwise({ topic: "/colloquy/1/inbox-zz/proto" })],
    [
      "INTRODUCTION_MALFORMED",
      "two offers of a type",
      () =>
        otherwise({
          offers: [
            ["PrivateV1", random(8)],
            ["PrivateV1", random(8)],
          ],
        }),
    ],
    ["INTRODUCTION_MALFORMED", "a type that is none", () => otherwise({ offers: [["privateV1", random(8)]] })],
    ["INTRODUCTION_MALFORMED", "an offer of 4,097 bytes", () => otherwise({ offers: [["PrivateV1", random(4097)]] })],
    [
      "INTRODUCTION_MALFORMED",
      "17 offers",
      () =>
        otherwise({
          offers: Array.from({ length: 17 }, (_, at) => [`Type${String.fromCharCode(65 + at)}V1`, random(1)]),
        }),
    ],
    [
      "INTRODUCTION_EARLY",
      "from the day after tomorrow",
      () => otherwise({ createdAtMs: world.clock.now + day + 1, expiresAtMs: world.clock.now + 2 * day }),
    ],
    [
      "INTRODUCTION_EXPIRED",
      "over",
      () => otherwise({ createdAtMs: world.clock.now - day, expiresAtMs: world.clock.now }),
    ],
  ])("INT-2 to INT-7: ours refuses with %s what is %s", async (code, _, make) => {
    expect(await outcome(make())).toBe(code)
  })

  it("INT-6: a body with any other byte is refused", async () => {
    const { body, signature } = parts()
    for (const at of [0, 40, 80, body.length - 1]) {
      const flipped = body.map((byte, index) => (index === at ? byte ^ 1 : byte))
      expect(await outcome(introductionText(join(field(1, flipped), field(2, signature))))).toMatch(/^INTRODUCTION_/)
    }
  })
})

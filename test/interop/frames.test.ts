import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bytes, join } from "./bytes.js"
import { field, numberField } from "./protobuf.js"
import { type Ours, World } from "./world.js"

/** CT-12, private-v1.md and content.md: what the other program may say, and what our client makes of what nobody may say. */
let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const contents = ({ events }: Ours) =>
  events.flatMap((event) => (event.type === "message" ? [event.message.content] : []))
const unknown = ({ events }: Ours) => events.flatMap((event) => (event.type === "unknown" ? [event] : []))
const textOf = (body: Uint8Array | string): Uint8Array =>
  join(numberField(1, 49_169), numberField(2, 1), field(3, body))

describe("CT-12: frames and content", () => {
  it("PV1-33: a sealed frame of a later version is received, shown by its number, and acknowledged", async () => {
    const { ours, saro, talk } = await world.meet()
    await saro.publish(talk.sayFrame(field(5, "from a later version")).payloads)
    expect(unknown(ours)).toMatchObject([{ what: "frame", frameTag: 5, conversation: talk.id }])
    await world.pass(2000)
    saro.collect()
    expect(talk.unacknowledged).toEqual([])
  })

  it("PV1-34: a parcel for a type that ours does not run is told of, and the conversation goes on", async () => {
    const { ours, saro, talk } = await world.meet()
    const parcel = join(field(1, "ReadingCircleV1"), numberField(2, 3), field(3, "an invite"))
    await saro.publish(talk.sayFrame(field(2, parcel, true)).payloads)
    expect(unknown(ours)).toMatchObject([{ what: "type", unknownType: "ReadingCircleV1" }])
    await saro.publish(talk.say("and so on").payloads)
    expect(ours.texts.at(-1)).toBe("and so on")
  })

  it("CON-3 to CON-5: ours shows text as it is, unknown content with its fallback, and malformed content as such", async () => {
    const { ours, saro, talk } = await world.meet()
    const own = join(numberField(1, 7), numberField(2, 9), field(3, "body"), field(15, "voted for Thursday"))
    for (const content of [textOf(""), textOf("\u{feff}ß\u0000"), own, textOf(Uint8Array.of(255)), bytes("no frame")])
      await saro.publish(talk.sayContent(content).payloads)
    expect(contents(ours).slice(1)).toMatchObject([
      { type: "text", text: "" },
      { type: "text", text: "\u{feff}ß\u0000" },
      { type: "unknown", domain: 7, tag: 9, fallback: "voted for Thursday" },
      { type: "malformed", code: "CONTENT_BODY" },
      { type: "malformed", code: "CONTENT_FRAME" },
    ])
  })

  const content = field(1, field(1, textOf("hello")), true)
  it.each<readonly [string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["two members of the choice", join(content, field(4, "", true))],
    ["an undeclared field inside", field(1, join(field(1, textOf("hello")), field(9, "more")), true)],
    ["a lead of zero that is written", field(1, join(field(1, textOf("hello")), numberField(2, 0, true)), true)],
    ["fields in another order", field(1, join(numberField(2, 1), field(1, textOf("hello"))), true)],
    ["a length of more bytes than it needs", join(Uint8Array.of(10, 0x80 | (content.length - 2), 0), content.slice(2))],
    ["an offer", field(16, join(field(1, new Uint8Array(8)), field(2, new Uint8Array(32))), true)],
    ["a parcel of no kind", field(2, join(field(1, "GroupV1"), field(3, "x")), true)],
    ["a parcel for what is no type", field(2, join(field(1, "groupV1"), numberField(2, 3), field(3, "x")), true)],
    ["a lead longer than the time", field(1, join(field(1, textOf("hello")), numberField(2, 2 ** 50)), true)],
  ])("PV1-4, PV1-5, PV1-30, PV1-33: ours refuses %s, and takes what comes next", async (_, frame) => {
    const { ours, saro, talk } = await world.meet()
    const before = ours.events.length
    await saro.publish(talk.sayFrame(frame).payloads)
    expect(ours.events.length).toBe(before)
    const refused = Object.keys(ours.client.counters()).filter((code) => code.startsWith("PV1_"))
    expect(refused).toHaveLength(1)
    await saro.publish(talk.say("and now something good").payloads)
    expect(ours.texts.at(-1)).toBe("and now something good")
  })
})

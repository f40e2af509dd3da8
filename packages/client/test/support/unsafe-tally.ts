import {
  cell,
  defineConversationType,
  empty,
  idsFromParticipants,
  type Machine,
  type Participant,
  staticTopics,
  type Topic,
} from "@colloquy/core"
import { jsonCodec, jsonFrames } from "./json-frames.js"

const topic = "/unsafe/1/tally/json" as Topic
const frames = jsonFrames("Tally")
const state = { total: cell(jsonCodec<number>()), people: cell(jsonCodec<readonly string[]>()) }
const commands = { count: jsonCodec<{ by: number }>() }
const notices = { counted: jsonCodec<{ total: number }>() }
const everything = [{ topic }]

const machine: Machine<typeof state, typeof commands, typeof notices> = {
  start(input, context) {
    const self = context.self.participant
    if (input.kind !== "create" && input.kind !== "accept") return { kind: "refused", code: "NOT_SUPPORTED" }
    const peer = input.kind === "create" ? input.peers[0]?.participant : input.from
    if (peer === undefined) return { kind: "refused", code: "PEER_MISSING" }
    const people = [self, peer].sort()
    const parcel = { type: UnsafeTallyV1.id, kind: "invite" as const, body: frames.encode({}) }
    return {
      kind: "next",
      conversation: context.conversationId({ from: "participants", participants: people, discriminator: empty }),
      patch: { total: 0, people },
      effects: [
        { kind: "listen", add: everything, drop: [] },
        ...(input.kind === "create" ? [{ kind: "carry" as const, to: peer, parcel }] : []),
      ],
    }
  },
  step({ total }, input, context) {
    if (input.kind === "command") {
      const grown = total + input.body.by
      const payload = frames.encode({ in: context.conversation, from: context.self.participant, by: input.body.by })
      return {
        kind: "next",
        patch: { total: grown },
        effects: [
          { kind: "publish", topic, payload },
          { kind: "notice", name: "counted", body: { total: grown } },
        ],
      }
    }
    if (input.kind !== "receive") return { kind: "refused", code: "NOT_SUPPORTED" }
    const read = frames.decode(input.payload)
    if (read.kind !== "frame" || read.frame["in"] !== context.conversation)
      return { kind: "refused", code: "TALLY_FOREIGN" }
    if (read.frame["from"] === context.self.participant) return { kind: "refused", code: "TALLY_OWN" }
    const grown = total + Number(read.frame["by"])
    return {
      kind: "next",
      patch: { total: grown },
      effects: [{ kind: "notice", name: "counted", body: { total: grown } }],
    }
  },
  routes: () => everything,
  view: ({ people }) => ({
    participants: people as readonly Participant[],
    carriesTo: [],
    can: { send: false },
    contentBytesMax: 0,
  }),
}

/** A number that two people count up together, on a topic that everyone shares. There is nothing to send. For tests only. */
export const UnsafeTallyV1 = defineConversationType({
  specification: { title: "UNSAFE-TALLY", document: "unsafe-tally.md", version: 1 },
  encryption: { scheme: "none", consequences: "anyone reads and forges everything: for tests only" },
  frames,
  contentTopics: staticTopics(topic),
  conversationIds: idsFromParticipants(),
  commands,
  notices,
  state,
  conversation: machine,
})

import type { CommandInput, ConversationContext, Input, Machine, ReceiveInput } from "@colloquy/core"
import { toHex } from "@colloquy/core"
import { command, hear, send, wake } from "./author.js"
import { contentBytesMax } from "./post.js"
import { hearAuthor, invitedAgain, leave, read, routesOf, wakeReader } from "./reader.js"
import { start } from "./start.js"
import type { ChannelShape, ChannelState } from "./state.js"
import type { ChannelCommands, ChannelNotices, ChannelOutcome } from "./words.js"

/** The machine of one channel, on the author's side and on a reader's. */
export const channelMachine: Machine<ChannelShape, ChannelCommands, ChannelNotices> = {
  start,
  step,
  routes: routesOf,
  view({ founding, sign, current, readers }) {
    const others = current === null ? [founding.author] : [...readers.keys()]
    const participants = [founding.self, ...others.filter((one) => one !== founding.self)]
    return {
      participants: participants as (typeof founding.self)[],
      ...(sign.name === "" ? {} : { name: sign.name }),
      carriesTo: [],
      can: { send: current !== null },
      contentBytesMax,
    }
  },
}

function step(state: ChannelState, input: Input<ChannelCommands>, context: ConversationContext): ChannelOutcome {
  const { sign, current, lane } = state
  if (input.kind === "invite")
    return lane === null && current !== null ? refused("READER_SELF") : invitedAgain(state, input, context)
  if (sign.standing !== "open") return refused(`CHANNEL_${sign.standing.toUpperCase()}`)
  switch (input.kind) {
    case "send":
      return current === null ? refused("NOT_AUTHOR") : send(state, input.content, context)
    case "command":
      return tell(state, input, context)
    case "receive":
      return receive(state, input, context)
    case "wake":
      return lane === null ? wake(state, context) : wakeReader(state, lane, context)
    default:
      return refused("NOT_SUPPORTED")
  }
}

function tell(state: ChannelState, input: CommandInput<ChannelCommands>, context: ConversationContext): ChannelOutcome {
  const { lane } = state
  if (lane === null) return command(state, input, context)
  return input.name === "leave" ? leave(state, lane, context) : refused("NOT_AUTHOR")
}

/** A post has no hint, and what comes on a lane has one. */
function receive(state: ChannelState, input: ReceiveInput, context: ConversationContext): ChannelOutcome {
  const { awaited, lane } = state
  const { topic, hint } = input
  if (hint === undefined) return read(state, input, context)
  const expected = awaited.get(toHex(hint))
  if (topic !== context.self.inboxTopic) return refused("TOPIC_FOREIGN")
  if (expected !== undefined)
    return lane === null ? hear(state, input, expected, context) : hearAuthor(state, input, expected, lane, context)
  return refused("HINT_UNKNOWN")
}

function refused(code: string): ChannelOutcome {
  return { kind: "refused", code }
}

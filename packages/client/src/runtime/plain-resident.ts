import type { Shape, StatefulResident } from "@colloquy/core"

/** The resident of a type that declares none: it turns invites into conversations and offers nothing. */
export const plainResident: StatefulResident<Shape> = {
  state: {},
  machine: {
    carries: false,
    start: (context) => ({
      kind: "next",
      conversation: context.conversationId({ from: "random", random: context.random(16) }),
      patch: {},
      effects: [],
    }),
    step: (_, input) =>
      input.kind === "parcel" && input.parcel.kind === "invite"
        ? { kind: "next", patch: {}, effects: [{ kind: "begin", from: input.from, invite: input.parcel.body }] }
        : { kind: "refused", code: "NOT_SUPPORTED" },
    routes: () => [],
  },
}

import type { IdMaterial, Shape, StartContext, StatefulResident } from "@colloquy/core"

/** The resident of a type that declares none: it turns invites into conversations and offers nothing. */
export function plainResident(idsFrom: IdMaterial["from"]): StatefulResident<Shape> {
  return {
    state: {},
    machine: {
      carries: false,
      start: (context) => ({
        kind: "next",
        conversation: context.conversationId(material(idsFrom, context)),
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
}

/** An id of its own, whatever the type makes its ids from. */
function material(from: IdMaterial["from"], { random, self }: StartContext): IdMaterial {
  switch (from) {
    case "random":
      return { from, random: random(16) }
    case "secret":
      return { from, secret: random(32) }
    case "participants":
      return { from, participants: [self.participant], discriminator: random(16) }
  }
}

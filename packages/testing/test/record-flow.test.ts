import { builtInTypes, InboxV1, PrivateV1 } from "colloquy"
import { expect, test } from "vitest"
import { recordFlow } from "../src/index.js"

test("two people begin, each says something, and what is owed follows: the same at every call", async () => {
  const flow = await recordFlow(PrivateV1, [InboxV1])
  expect(flow.people).toEqual(["Saro", "Raya"])
  expect(flow.arrows).toEqual([
    { from: "Raya", to: "Saro", label: "introduction", aside: true },
    { from: "Saro", to: "Raya", label: "InboxV1, 2,048 bytes: invite for PrivateV1" },
    { from: "Raya", to: "Saro", label: "PrivateV1, 240 bytes: content" },
    { from: "Saro", to: "Raya", label: "PrivateV1, 240 bytes: content" },
    { from: "Raya", to: "Saro", label: "PrivateV1, 240 bytes: in its own time" },
  ])
  expect(await recordFlow(PrivateV1, [InboxV1])).toEqual(flow)
})

test("of a type that only carries, what it carries is shown", async () => {
  const { arrows } = await recordFlow(
    InboxV1,
    builtInTypes.filter(({ id }) => id !== InboxV1.id),
  )
  expect(arrows.map(({ label }) => label)).toEqual(["introduction", "InboxV1, 2,048 bytes: invite for PrivateV1"])
})

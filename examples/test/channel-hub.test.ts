import { startHub } from "@colloquy/hub"
import { builtInTypes, Client, memoryStorage, rawKey, text } from "colloquy"
import { hub } from "colloquy/node"
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { ChannelV1 } from "../src/index.js"

it("a channel runs over a hub: invited, posted, removed, posted again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "colloquy-channel-"))
  const server = await startHub({ dataDir: folder, port: 0 })
  const open = () =>
    Client.open({
      storage: memoryStorage(),
      unlock: rawKey(randomBytes(32)),
      delivery: hub(server.url),
      types: [...builtInTypes, ChannelV1],
    })
  const [saro, raya, pax] = [await open(), await open(), await open()]
  try {
    const channel = await saro.conversations.start(await raya.introduce(), { type: ChannelV1 })
    const author = channel.as(ChannelV1)
    await author?.command("add", { introduction: await pax.introduce() })
    await channel.send(text("for both"))
    const heard = await Promise.all([raya, pax].map((reader) => hear(reader, "for both")))
    expect(heard).toEqual([["for both"], ["for both"]])
    await author?.command("remove", { readers: [pax.participant] })
    await channel.send(text("for one"))
    expect(await hear(raya, "for one")).toEqual(["for both", "for one"])
    for await (const event of pax.events()) if (event.type === "notice" && event.name === "removed") break
    expect((await (await pax.conversations.get(channel.id))?.messages())?.items).toHaveLength(1)
  } finally {
    await Promise.all([saro, raya, pax].map((client) => client.close()))
    await server.close()
    rmSync(folder, { recursive: true })
  }
})

/** Allows whoever asks, and reads until something was said. */
async function hear(reader: Client, last: string): Promise<readonly string[]> {
  const heard: string[] = []
  for await (const event of reader.events()) {
    if (event.type === "conversation" && event.consent === "unknown") await reader.requests.allow(event.conversation)
    if (event.type !== "message" || !text.is(event.message.content)) continue
    heard.push(event.message.content.text)
    if (event.message.content.text === last) break
  }
  return heard
}

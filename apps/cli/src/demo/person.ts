// A person of the demonstration, a process of its own: one client that does what it is asked, and tells what happens to it.
import { createInterface } from "node:readline"
import { Client, codeOf, passphrase, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"
import type { Request, Said } from "./requests.js"

const [file = "", url = "", name = ""] = process.argv.slice(2)
const client = await Client.open({
  storage: sqlite(file),
  unlock: passphrase(process.env["COLLOQUY_PASSPHRASE"] ?? ""),
  delivery: hub(url),
  name,
})
say({ ready: { participant: client.participant } })
const told = tell()
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request
  if (request.do === "close") break
  await answer(request).then(
    (answered) => say({ answer: answered }),
    (error: unknown) => say({ failed: codeOf(error) ?? String(error) }),
  )
}
await client.close()
await told
process.exit()

async function answer(request: Exclude<Request, { readonly do: "close" }>): Promise<string> {
  switch (request.do) {
    case "introduce":
      return client.introduce()
    case "converse": {
      const conversation = await client.conversations.start(request.introduction, { content: text(request.text) })
      return conversation.id
    }
    case "allow":
      await (await client.conversations.get(request.conversation))?.allow()
      return ""
    case "send": {
      const conversation = await client.conversations.get(request.conversation)
      return (await conversation?.send(text(request.text)))?.id ?? ""
    }
  }
}

async function tell(): Promise<void> {
  try {
    for await (const event of client.events({ consumer: "demo" }))
      if (event.type === "conversation" && event.consent === "unknown") {
        const from = event.participants.find((participant) => participant !== client.participant) ?? ""
        say({ asks: { conversation: event.conversation, from } })
      } else if (event.type === "message" && text.is(event.message.content)) say({ reads: event.message.content.text })
      else if (event.type === "state" && event.state === "published") say({ published: event.message })
  } catch (error) {
    if (codeOf(error) !== "CLIENT_CLOSED") throw error
  }
}

function say(said: Said): void {
  process.stdout.write(`${JSON.stringify(said)}\n`)
}

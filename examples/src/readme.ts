import { Client, passphrase, text } from "colloquy"
import { hub, sqlite } from "colloquy/node"

const delivery = hub("ws://127.0.0.1:4280")
await using raya = await Client.open({ storage: sqlite("raya.db"), unlock: passphrase("one secret"), delivery })
await using saro = await Client.open({ storage: sqlite("saro.db"), unlock: passphrase("another"), delivery })

const introduction = await raya.introduce() // give it to a friend: a link, a QR code
const talk = await saro.conversations.start(introduction, { content: text("hello") })
const message = await talk.send(text("how are you?")) // durable on return, online or not
await message.reached("published")
for await (const event of raya.events({ consumer: "readme" }))
  if (event.type === "message" && text.is(event.message.content)) console.log(event.message.content.text)

import { randomBytes } from "node:crypto"
import { builtInTypes, Client, memoryDelivery, memoryStorage, rawKey, text } from "colloquy"
import { BulletinV1 } from "./bulletin/bulletin-v1.js"

const delivery = memoryDelivery() // or hub("ws://127.0.0.1:4280") from "colloquy/node"
const open = () =>
  Client.open({
    storage: memoryStorage(), // or sqlite("saro.db")
    unlock: rawKey(randomBytes(32)), // or passphrase("...")
    delivery: delivery.open,
    types: [...builtInTypes, BulletinV1],
  })
await using saro = await open()
await using raya = await open()

const bulletin = await saro.conversations.start(await raya.introduce(), { type: BulletinV1 })
await bulletin.send(text("the library opens at nine"))
for await (const event of raya.events({ consumer: "news" })) {
  if (event.type === "conversation") await raya.requests.allow(event.conversation)
  if (event.type === "message" && text.is(event.message.content)) {
    console.log(event.message.content.text)
    break
  }
}

import { join } from "node:path"
import { ColloquyError } from "@colloquy/core"
import { readLog } from "@colloquy/hub"
import { columns } from "../output/columns.js"
import { shortId } from "../output/short-ids.js"
import { Child } from "./child.js"
import { searchFiles } from "./evidence.js"
import type { Narrator } from "./narrator.js"
import { PersonProcess } from "./person-process.js"

const hello = "Hello Raya, it is Saro. Can anyone else read this?"
const answer = "Hello Saro! Nobody but the two of us. Tell me more."
const first = "The cat is well. She sleeps on the keyboard."
const second = "Are you still there?"
const back = "I am, the power failed. Nothing was lost. Give her a fish!"

/** Two people converse over a hub; one is killed in between. Throws `DEMO_FAILED` when anything is not as it is told. */
export async function tellStory(narrator: Narrator, folder: string, stop: AbortSignal): Promise<void> {
  const data = join(folder, "hub")
  const profiles = { Raya: join(folder, "one", "profile.db"), Saro: join(folder, "two", "profile.db") }
  const running = new Set<{ kill(): Promise<void> }>()
  const start = async (name: "Raya" | "Saro", url: string): Promise<PersonProcess> => {
    const person = await PersonProcess.start(name, profiles[name], url, stop)
    running.add(person)
    return person
  }
  try {
    await narrator.step("A hub starts. It keeps and forwards what it is given, and nobody has to", "trust it.")
    const hub = new Child(new URL("./hub.js", import.meta.url), [data], { name: "the hub", stop })
    running.add(hub)
    const url = await hub.take((line) => line, "address")
    await narrator.detail(`It listens at ${url}, process ${hub.pid}.`)

    await narrator.step(
      "Raya and Saro start, each in a process of their own. Each gets an identity,",
      "and a profile that a passphrase seals.",
    )
    const [raya, saro] = await Promise.all([start("Raya", url), start("Saro", url)])
    for (const { name, participant, pid } of [raya, saro])
      await narrator.detail(`${name} is ${shortId(participant)}…, process ${pid}.`)

    await narrator.step(
      "Raya makes an introduction and gives it to Saro: by mail, on paper, as a",
      "link. It is good for one conversation.",
    )
    const introduction = await raya.ask({ do: "introduce" })
    await narrator.detail(`${introduction.slice(0, 44)}… (${introduction.length.toLocaleString("en")} characters)`)

    await narrator.step("Saro begins a conversation with it. His first message goes along.")
    const conversation = await saro.ask({ do: "converse", introduction, text: hello })
    await narrator.says("Saro", hello)

    await narrator.step("To Raya it is a request, until she allows it. Then they talk.")
    const asked = await raya.asked()
    await raya.reads(hello)
    await narrator.detail(`Raya sees that ${shortId(asked.from)}… asks, reads the message, and allows it.`)
    if (asked.from !== saro.participant || asked.conversation !== conversation) failed("the request is not Saro's")
    await raya.ask({ do: "allow", conversation })
    await raya.ask({ do: "send", conversation, text: answer })
    await saro.reads(answer)
    await narrator.says("Raya", answer)

    await narrator.step("Raya's process is killed in the middle of it, as if the power failed.")
    await raya.kill()
    running.delete(raya)
    await narrator.detail(`Process ${raya.pid} is gone. Saro does not know, and writes.`)
    for (const text of [first, second]) {
      const message = await saro.ask({ do: "send", conversation, text })
      await saro.published(message)
      await narrator.says("Saro", text)
    }
    await narrator.detail("Saro has the hub's receipt for both: it keeps them.")

    await narrator.step("Raya starts again, from her sealed profile.")
    const again = await start("Raya", url)
    if (again.participant !== raya.participant) failed("Raya is someone else now")
    for (const text of [first, second]) await again.reads(text)
    await narrator.detail(`Process ${again.pid} reads both messages, once and in order.`)
    await again.ask({ do: "send", conversation, text: back })
    await saro.reads(back)
    await narrator.says("Raya", back)

    for (const child of [again, saro, hub]) {
      await child.end()
      running.delete(child)
    }
    await tellWhatTheHubSaw(narrator, data)
    await tellTheSearch(narrator, folder, {
      words: [hello, answer, first, second, back, "Raya", "Saro", introduction],
      keys: [raya.participant, saro.participant],
    })
  } finally {
    await Promise.all([...running].map((child) => child.kill()))
  }
}

async function tellWhatTheHubSaw(narrator: Narrator, data: string): Promise<void> {
  const log = readLog(data)
  if (log.length < 5) failed("the hub's log is too short")
  await narrator.step(
    "All have ended. This is all that the hub kept. Besides, it saw who connected",
    "from where, and when.",
  )
  const rows = log.map(({ timeMs, topic, bytes, firstBytes }) => [
    new Date(timeMs).toISOString().slice(11, 23),
    topic,
    String(bytes).padStart(5),
    `${Buffer.from(firstBytes.subarray(0, 8)).toString("hex")}…`,
  ])
  await narrator.detail(...columns([["TIME (UTC)", "TOPIC", "BYTES", "THE BYTES BEGIN"], ...rows]))
  await narrator.detail(
    "A topic is one of 256 that many people share. No name, no sender and no",
    "conversation: an envelope is 0a10, a hint of 16 bytes, and what is sealed.",
  )
}

async function tellTheSearch(
  narrator: Narrator,
  folder: string,
  wanted: { readonly words: readonly string[]; readonly keys: readonly string[] },
): Promise<void> {
  await narrator.step("And what a thief of the disks finds, without the passphrases:")
  const { files, bytes, found } = searchFiles([folder], wanted)
  if (files < 3) failed("there is too little to search")
  if (found.length > 0) failed(`found in ${found.map(({ file }) => file.slice(folder.length + 1)).join(", ")}`)
  await narrator.detail(
    `Searched ${files} files of the hub, Raya and Saro (${Math.ceil(bytes / 1024).toLocaleString("en")} KiB) for all that was said,`,
    "both names, both identity keys and the introduction: nothing found.",
  )
}

function failed(what: string): never {
  throw new ColloquyError("DEMO_FAILED", what)
}

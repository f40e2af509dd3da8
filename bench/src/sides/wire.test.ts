import { readFileSync } from "node:fs"
import { encodeContent, text } from "@colloquy/content"
import { type Crypto, encodeEnvelope } from "@colloquy/core"
import { loadWasmCrypto } from "@colloquy/crypto"
import { expect, it } from "vitest"
import { establish, exchange, receive, sealed } from "./private-side.js"
import { textBytes } from "./side.js"

interface Field {
  /** With its tag and its length. */
  readonly bytes: number
  readonly value: Uint8Array
}

/** The fields of a protobuf message, by their numbers. */
function fieldsOf(message: Uint8Array): ReadonlyMap<number, Field> {
  const fields = new Map<number, Field>()
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++] as number
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const start = at
    const tag = varint()
    const length = varint()
    const from = at
    // Of a number, what stands behind the tag is the number itself.
    if ((tag & 7) === 2) at += length
    fields.set(tag >>> 3, { bytes: at - start, value: message.subarray(from, at) })
  }
  return fields
}

/** The crypto, and what it opened last. */
function watched(crypto: Crypto): { readonly crypto: Crypto; opened(): Uint8Array } {
  let last = new Uint8Array(0)
  const open: Crypto["open"] = (...args) => {
    const plaintext = crypto.open(...args)
    if (plaintext !== undefined) last = plaintext.slice()
    return plaintext
  }
  const get = (target: Crypto, name: keyof Crypto): unknown => {
    if (name === "open") return open
    const member: unknown = target[name]
    return typeof member === "function" ? member.bind(target) : member
  }
  return { crypto: new Proxy(crypto, { get: get as never }), opened: () => last }
}

/** Item by item, from what the recipient opens. */
async function itemsOnTheWire(): Promise<readonly number[]> {
  const { crypto, opened } = watched(await loadWasmCrypto())
  const content = encodeContent(text("a".repeat(textBytes)))
  const pair = establish(crypto)
  exchange(pair, content, 200)
  // People write less than a message a millisecond: Lamport time does not run ahead of the clock.
  for (const side of [pair.saro, pair.raya]) side.pass(60_000)
  const published = sealed(pair.saro, content)
  receive(pair.raya, published)
  const { hint, payload } = published
  const envelope = encodeEnvelope(hint === undefined ? { payload } : { payload, hint })
  const padded = opened()
  const message = padded.subarray(0, padded.lastIndexOf(0x80))
  const sds = fieldsOf(message)
  const frame = (sds.get(20) as Field).value
  const around = frame.length - content.length
  const bytesOf = (number: number): number => sds.get(number)?.bytes ?? 0
  expect([...sds.keys()].sort((a, b) => a - b)).toEqual([10, 20, 1001, 1002])
  const items = [textBytes, content.length - textBytes, around, bytesOf(20) - frame.length]
  items.push(bytesOf(10), bytesOf(1001), bytesOf(1002))
  const inside = items.reduce((sum, bytes) => sum + bytes)
  items.push(padded.length - inside, payload.length - padded.length, envelope.length - payload.length, envelope.length)
  return items
}

it("the page's bytes on the wire are those of a message that is really sent", async () => {
  const page = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
  const section = page.slice(page.indexOf("## 100 bytes of text")).split("\n## ")[0] ?? ""
  const rows = [...section.matchAll(/^\| +(\d+) +\|/gm)].map(([, bytes]) => Number(bytes))
  const items = await itemsOnTheWire()
  expect(rows).toEqual(items)
  expect(items.slice(0, -1).reduce((sum, bytes) => sum + bytes)).toBe(items.at(-1))
})

import { type Crypto, empty, hintBytes, utf8 } from "@colloquy/core"
import { type Print, readUint32 } from "./print.js"

/** How a store makes prints: all of them alike, since they can't be made again from what is stored. Stores that were begun in format 1 or 2 hash. */
export type PrintKind = "sip" | "hash"

const label = utf8("colloquy/client/1/prints")
const topicsMax = 256

/** Makes prints of hints, under a key of this store for each topic. */
export class Printer {
  readonly #crypto: Crypto
  readonly #indexKey: Uint8Array
  readonly #kind: PrintKind
  readonly #keys = new Map<string, Uint8Array>()
  readonly #one = new Uint32Array(2)
  /** The topic that was asked for last, its key, and room for what is hashed, which ends with the hint. */
  #topic: string | undefined
  #key: Uint8Array = empty
  #message = new Uint8Array(hintBytes)

  /** The index key has 32 bytes and is kept. */
  constructor(crypto: Crypto, indexKey: Uint8Array, kind: PrintKind) {
    this.#crypto = crypto
    this.#indexKey = indexKey
    this.#kind = kind
  }

  print(topic: string, hint: Uint8Array): Print {
    this.write(topic, hint, 0, this.#one, 0)
    return { high: this.#one[0] as number, low: this.#one[1] as number }
  }

  /** The print of the hint that begins at `at`, in two numbers at `to`. */
  write(topic: string, bytes: Uint8Array, at: number, into: Uint32Array, to: number): void {
    if (this.#topic !== topic) this.#turnTo(topic)
    const message = this.#message
    const before = message.length - hintBytes
    for (let i = 0; i < hintBytes; i++) message[before + i] = bytes[at + i] as number
    const hash =
      this.#kind === "sip" ? this.#crypto.shortHash(message, this.#key) : this.#crypto.hash(message, 16, this.#indexKey)
    into[to] = readUint32(hash, 0)
    into[to + 1] = readUint32(hash, 4)
  }

  #turnTo(topic: string): void {
    this.#topic = topic
    if (this.#kind === "sip") {
      this.#key = this.#keyOf(topic)
      return
    }
    const text = utf8(topic)
    this.#message = new Uint8Array(text.length + 1 + hintBytes)
    this.#message.set(text)
  }

  #keyOf(topic: string): Uint8Array {
    const known = this.#keys.get(topic)
    if (known !== undefined) return known
    const secret = this.#crypto.hash(label, 32, this.#indexKey)
    const made = this.#crypto.hash(utf8(topic), 16, secret)
    this.#crypto.wipe(secret)
    if (this.#keys.size >= topicsMax) this.#keys.clear()
    this.#keys.set(topic, made)
    return made
  }
}

import { type Codec, concat, fromUtf8, le32, utf8 } from "@colloquy/core"

type Plain = Uint8Array | string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }

/** Plain data, with bytes as they are. */
export function plainCodec<T>(): Codec<T> {
  return { version: 1, encode: (value) => write(value as Plain), decode: (bytes) => new Reader(bytes).read() as T }
}

function write(value: Plain): Uint8Array {
  if (value instanceof Uint8Array) return tagged("b", value)
  if (typeof value === "string") return tagged("s", utf8(value))
  if (Array.isArray(value)) return tagged("l", concat(...value.map(write)))
  if (typeof value === "object" && value !== null)
    return tagged("o", concat(...Object.entries(value).flatMap(([key, item]) => [write(key), write(item)])))
  return tagged("j", utf8(JSON.stringify(value)))
}

function tagged(tag: string, body: Uint8Array): Uint8Array {
  return concat(utf8(tag), le32(body.length), body)
}

class Reader {
  #at = 0
  constructor(readonly bytes: Uint8Array) {}

  read(): unknown {
    const tag = String.fromCharCode(this.bytes[this.#at] as number)
    const length = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.#at + 1).getUint32(0, true)
    const body = this.bytes.slice(this.#at + 5, this.#at + 5 + length)
    this.#at += 5 + length
    if (tag === "b") return body
    if (tag === "s") return fromUtf8(body)
    if (tag === "j") return JSON.parse(fromUtf8(body) ?? "null")
    const items: unknown[] = []
    const inner = new Reader(body)
    while (inner.#at < body.length) items.push(inner.read())
    if (tag === "l") return items
    return Object.fromEntries(items.flatMap((key, i) => (i % 2 === 0 ? [[key, items[i + 1]]] : [])))
  }
}

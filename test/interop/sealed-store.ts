import { b2b, join, random } from "./bytes.js"
import { aead, type Form, makeHeader, type Opener, openHeader } from "./sealing.js"

/** store.md: the records of a storage below, opened, and made. */
export type Records = ReadonlyMap<string, Uint8Array>

/** Keys in hexadecimal, as in the map. */
export const headerKey = "00"

const form: Form = {
  magic: "Colloquy",
  wrapLabel: "colloquy/storage-sealed/1/wrap",
  checksumLabel: "colloquy/storage-sealed/1/checksum",
}

const fromHex = (key: string): Uint8Array => new Uint8Array(Buffer.from(key, "hex"))
const recordKeyOf = (master: Uint8Array): Uint8Array => b2b(256, "colloquy/storage-sealed/1/record", master)

export function openStore(below: Records, opener: Opener): Records {
  const recordKey = recordKeyOf(openHeader(form, opener, below.get(headerKey) ?? new Uint8Array(0)))
  const records = [...below].filter(([key]) => !key.startsWith(headerKey))
  return new Map(
    records.map(([key, value]) => {
      if (value[0] !== 1) throw new Error("damaged")
      const additional = join(Uint8Array.of(1), fromHex(key))
      return [key, aead(recordKey, value.slice(1, 25), additional).decrypt(value.slice(25))]
    }),
  )
}

export function makeStore(records: Records, opener: Opener): Records {
  const master = random(32)
  const sealed = [...records].map(([key, value]): readonly [string, Uint8Array] => {
    const nonce = random(24)
    const additional = join(Uint8Array.of(1), fromHex(key))
    return [key, join(Uint8Array.of(1), nonce, aead(recordKeyOf(master), nonce, additional).encrypt(value))]
  })
  return new Map([[headerKey, makeHeader(form, opener, master)], ...sealed])
}

/** SS-9: the header alone changes. */
export function withOtherOpener(below: Records, old: Opener, next: Opener): Records {
  const master = openHeader(form, old, below.get(headerKey) ?? new Uint8Array(0))
  return new Map([...below, [headerKey, makeHeader(form, next, master)]])
}

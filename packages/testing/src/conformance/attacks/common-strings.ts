import { concat, toHex } from "@colloquy/core"
import type { WirePayload } from "../../laboratory/laboratory.js"
import { includes } from "./bytes-inside.js"

/** Two payloads of random bytes share 8 in a row once in 10^13, at a thousand bytes each. */
const commonBytesMin = 8

export interface CommonString {
  readonly bytes: Uint8Array
  /** In which of the texts it stands, by their places in the list. */
  readonly places: readonly number[]
}

/** Strings of 8 bytes that stand in two of the texts or more, the first of each run of them. */
export function commonStrings(texts: readonly Uint8Array[]): readonly CommonString[] {
  const seen = new Map<string, number[]>()
  for (const [index, text] of texts.entries())
    for (let at = 0; at + commonBytesMin <= text.length; at++) {
      const key = keyAt(text, at)
      const places = seen.get(key)
      if (places === undefined) seen.set(key, [index])
      else if (places.at(-1) !== index) places.push(index)
    }
  const found = new Map<string, CommonString>()
  for (const [index, text] of texts.entries()) {
    let before = ""
    for (let at = 0; at + commonBytesMin <= text.length; at++) {
      const key = keyAt(text, at)
      const places = seen.get(key) as number[]
      const group = places.length > 1 ? places.join() : ""
      if (places.length > 1 && places[0] === index && group !== before && !found.has(key))
        found.set(key, { bytes: text.slice(at, at + commonBytesMin), places })
      before = group
    }
  }
  return [...found.values()]
}

/** What an observer sees of a payload besides its topic. */
export function shownBytes({ hint, payload }: WirePayload): Uint8Array {
  return hint === undefined ? payload : concat(hint, payload)
}

/** Whether 8 bytes of a value stand in a payload, or its digits in the topic. */
export function shows(payload: WirePayload, value: Uint8Array): boolean {
  if (payload.topic.includes(toHex(value.subarray(0, commonBytesMin)))) return true
  const shown = shownBytes(payload)
  for (let at = 0; at + commonBytesMin <= value.length; at += commonBytesMin)
    if (includes(shown, value.subarray(at, at + commonBytesMin))) return true
  return false
}

function keyAt(text: Uint8Array, at: number): string {
  const pair = (i: number): number => ((text[at + i] as number) << 8) | (text[at + i + 1] as number)
  return String.fromCharCode(pair(0), pair(2), pair(4), pair(6))
}

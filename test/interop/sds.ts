import { hex, join } from "./bytes.js"
import { bytesOf, field, has, numberField, numberOf, read, readVarints, varint } from "./protobuf.js"

/** reliability.md, "Wire format" and RL-21: a message of the compact profile. */
export type Range = readonly [first: number, last: number]

export interface Segment {
  readonly index: number
  readonly count: number
  readonly digest: Uint8Array
}

export interface Entry {
  readonly lamport: number
  readonly content: Uint8Array
  readonly sequence: number
  readonly segment?: Segment | undefined
}

export interface SdsMessage {
  readonly entry?: Entry | undefined
  /** Of a message without content. */
  readonly lamport?: number | undefined
  readonly acknowledged?: readonly Range[]
  readonly requested?: readonly Range[]
  readonly unavailable?: readonly Range[]
}

export function encodeSds(message: SdsMessage): Uint8Array {
  const { entry, lamport, acknowledged = [], requested = [], unavailable = [] } = message
  const time = entry?.lamport ?? lamport
  const head = time === undefined ? "" : join(numberField(10, time, true), entry ? field(20, entry.content, true) : "")
  const { segment } = entry ?? {}
  return join(
    head,
    entry ? numberField(1001, entry.sequence, true) : "",
    field(1002, packed(acknowledged)),
    segment
      ? join(
          numberField(1003, segment.index, true),
          numberField(1004, segment.count, true),
          field(1005, segment.digest),
        )
      : "",
    field(1006, packed(requested)),
    field(1007, packed(unavailable)),
  )
}

/** Refuses what RL-6 and RL-21 refuse: there is one encoding, so what is written again has the same bytes. */
export function decodeSds(bytes: Uint8Array): SdsMessage & Required<Omit<SdsMessage, "entry" | "lamport">> {
  const fields = read(bytes)
  const segment = has(fields, 1003)
    ? { index: numberOf(fields, 1003), count: numberOf(fields, 1004), digest: bytesOf(fields, 1005) }
    : undefined
  const message = {
    entry: has(fields, 20)
      ? { lamport: numberOf(fields, 10), content: bytesOf(fields, 20), sequence: numberOf(fields, 1001), segment }
      : undefined,
    lamport: has(fields, 10) ? numberOf(fields, 10) : undefined,
    acknowledged: rangesOf(bytesOf(fields, 1002)),
    requested: rangesOf(bytesOf(fields, 1006)),
    unavailable: rangesOf(bytesOf(fields, 1007)),
  }
  if (hex(encodeSds(message)) !== hex(bytes)) throw new Error("no message of the compact profile")
  return message
}

export function rangesOfNumbers(numbers: Iterable<number>): Range[] {
  const ranges: [number, number][] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && last[1] + 1 === number) last[1] = number
    else ranges.push([number, number])
  }
  return ranges
}

export function isIn(ranges: readonly Range[], number: number): boolean {
  return ranges.some(([first, last]) => first <= number && number <= last)
}

/** RL-7. */
function packed(ranges: readonly Range[]): Uint8Array {
  let next = 0
  const numbers = ranges.slice(-64).flatMap(([first, last]) => {
    const pair = [first - next, last - first]
    next = last + 2
    return pair
  })
  return join(...numbers.map(varint))
}

function rangesOf(packedRanges: Uint8Array): Range[] {
  const numbers = readVarints(packedRanges)
  if (numbers.length % 2 !== 0) throw new Error("half a range")
  const ranges: Range[] = []
  let next = 0
  for (let at = 0; at < numbers.length; at += 2) {
    const first = next + (numbers[at] as number)
    const last = first + (numbers[at + 1] as number)
    ranges.push([first, last])
    next = last + 2
  }
  return ranges
}

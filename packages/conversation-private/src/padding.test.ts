import { equalBytes } from "@colloquy/core"
import { expect, test } from "vitest"
import { buckets, bucketMax, hasBucketLength, pad, unpad } from "./padding.js"

test("PV1-16: there are 19 buckets, from 160 to 81,920", () => {
  expect(buckets.slice(0, 6)).toEqual([160, 240, 320, 480, 640, 960])
  expect([buckets.length, buckets.at(-1)]).toEqual([19, bucketMax])
  expect([0, 159, 160, 161, 81_920, 81_921].filter(hasBucketLength)).toEqual([160, 81_920])
})

test("PV1-16: every length goes into the smallest bucket that holds one byte more, and comes back", () => {
  for (const bucket of [0, ...buckets])
    for (const length of [bucket - 2, bucket - 1, bucket, bucket + 1].filter((length) => length >= 0)) {
      const bytes = new Uint8Array(length).fill(length % 2)
      const padded = pad(bytes)
      if (length >= bucketMax) expect(padded).toBeUndefined()
      else {
        expect(padded?.length).toBe(buckets.find((bucket) => bucket > length))
        expect(equalBytes(unpad(padded as Uint8Array) as Uint8Array, bytes)).toBe(true)
      }
    }
})

test("PV1-16: a shorter text leaves nothing of a longer one in the buffer", () => {
  pad(new Uint8Array(150).fill(255))
  expect((pad(new Uint8Array(3)) as Uint8Array).reduce((sum, byte) => sum + byte, 0)).toBe(0x80)
})

test("PV1-16: without 80 before the zeros it is no padding", () => {
  expect(unpad(new Uint8Array(160))).toBeUndefined()
  expect(unpad(new Uint8Array(0))).toBeUndefined()
  expect(unpad(Uint8Array.of(1, 2, 0x81, 0))).toBeUndefined()
  expect(unpad(Uint8Array.of(1, 0x80, 0x80, 0))).toEqual(Uint8Array.of(1, 0x80))
})

import { ColloquyError } from "@colloquy/core"

const poolBytes = 4096
const drawBytesMax = 65_536

/**
 * The platform's cryptographic random source, drawn 4 KiB at a time, since small draws cost some 100 times as much a byte.
 * This is where libsodium's WASM build itself takes its randomness from. Each result is a copy that the caller owns;
 * what was handed out is overwritten in the pool at once.
 * Throws `BAD_LENGTH` for a number of bytes that is no whole number from 0 up.
 */
export function systemRandom(): (bytes: number) => Uint8Array {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  return (bytes) => {
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new ColloquyError("BAD_LENGTH", "a number of random bytes is a whole number from 0 up")
    if (bytes > poolBytes / 4) return draw(new Uint8Array(bytes))
    if (used + bytes > poolBytes) {
      draw(pool)
      used = 0
    }
    const drawn = pool.slice(used, used + bytes)
    pool.fill(0, used, used + bytes)
    used += bytes
    return drawn
  }
}

function draw(buffer: Uint8Array<ArrayBuffer>): Uint8Array {
  for (let offset = 0; offset < buffer.length; offset += drawBytesMax)
    globalThis.crypto.getRandomValues(buffer.subarray(offset, offset + drawBytesMax))
  return buffer
}

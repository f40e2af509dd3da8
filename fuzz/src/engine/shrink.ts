import { concat } from "@colloquy/core"

const triesMax = 2000

/** A smaller input for which the same fails: parts are left out, then bytes set to zero. */
export async function shrink(input: Uint8Array, fails: (input: Uint8Array) => Promise<boolean>): Promise<Uint8Array> {
  let smallest = input
  let tries = 0
  const attempt = async (candidate: Uint8Array): Promise<boolean> => {
    if (tries++ >= triesMax || !(await fails(candidate))) return false
    smallest = candidate
    return true
  }
  for (let part = Math.ceil(smallest.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2))
    for (let at = 0; at < smallest.length;)
      if (!(await attempt(concat(smallest.subarray(0, at), smallest.subarray(at + part))))) at += part
  for (let at = 0; at < smallest.length; at++) {
    if (smallest[at] === 0) continue
    const zeroed = smallest.slice()
    zeroed[at] = 0
    await attempt(zeroed)
  }
  return smallest
}

import { InvalidArgumentError } from "commander"

/** A whole number from the least to the greatest. Throws commander's `InvalidArgumentError`. */
export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^[0-9]{1,15}$/.test(text) ? Number(text) : -1
    if (count < min || count > max)
      throw new InvalidArgumentError(`It is a whole number from ${min} to ${max.toLocaleString("en")}.`)
    return count
  }
}

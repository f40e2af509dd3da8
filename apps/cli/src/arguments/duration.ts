import { InvalidArgumentError } from "commander"

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** A hundred years: what comes of adding it to a time is still one. */
const durationMsMax = 36_525 * 86_400_000

/** `5s`, `90m`, `12h`, `7d` and `1.5h` in milliseconds, up to a hundred years. Throws commander's `InvalidArgumentError`. */
export function parseDuration(text: string): number {
  const match = /^([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d|w)$/.exec(text)
  const durationMs = match === null ? 0 : Math.round(Number(match[1]) * (unitsMs[match[2] as string] as number))
  if (durationMs < 1 || durationMs > durationMsMax)
    throw new InvalidArgumentError("A duration is a number with ms, s, m, h, d or w, such as 5s or 7d.")
  return durationMs
}

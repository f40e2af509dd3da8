import { count } from "../render/nodes.js"
import type { Constants } from "@colloquy/core"
import type { Mismatch } from "./mismatch.js"
import { rulesOf } from "./rules.js"
import type { Scan } from "./scan.js"

/**
 * The words of a rule say the value of each constant that names the rule, and every label stands in the document. The other way round, a quoted text of the
 * document that begins as the labels do is one of them.
 */
export function checkConstants(
  file: string,
  document: Scan,
  constants: Constants,
  prefix: string | undefined,
): readonly Mismatch[] {
  const found: Mismatch[] = []
  const rules = new Map((prefix === undefined ? [] : rulesOf(document, prefix)).map((rule) => [rule.id, rule]))
  for (const [name, { value, rule }] of Object.entries(constants)) {
    if (rule === undefined) continue
    const differs = (line: number, message: string): number =>
      found.push({ file, line, code: "CONSTANT_DIFFERS", message })
    const ruled = rules.get(rule)
    if (ruled === undefined) differs(1, `${name} names ${rule}, which the document does not have`)
    else
      for (const one of typeof value === "object" ? value : [value])
        if (!says(ruled.text, one))
          differs(ruled.line, `${rule} does not say ${name}\n  + ${typeof one === "string" ? one : count(one)}`)
  }
  return [...found, ...checkLabels(file, document, constants)]
}

function checkLabels(file: string, document: Scan, constants: Constants): readonly Mismatch[] {
  const labels = Object.values(constants).flatMap(({ value }) =>
    typeof value === "string" && value.includes("/") ? [value] : [],
  )
  const roots = new Set(labels.map((label) => label.slice(0, label.indexOf("/") + 1)))
  return document.lines.flatMap((text, index) =>
    [...text.matchAll(/"([^"\s]+)"/g)].flatMap(([, quoted = ""]): readonly Mismatch[] => {
      const isLabel = [...roots].some((root) => root.length > 1 && quoted.startsWith(root))
      if (!isLabel || labels.includes(quoted)) return []
      const message = `the code has no label "${quoted}"`
      return [{ file, line: index + 1, code: "CONSTANT_DIFFERS", message }]
    }),
  )
}

/** Whether words say a value in one of the ways in which people write it: `65,536`, `64 KiB`, `30 days`, `2^48 − 1`, `two`. */
function says(words: string, value: number | string): boolean {
  const text = words.replace(/\s+/g, " ")
  if (typeof value === "string") return text.includes(value)
  return spellings(value).some((spelling) =>
    new RegExp(`(?<![\\w^]|\\d[.,])(?:${spelling})(?![\\w^]|[.,]\\d)`, "i").test(text),
  )
}

const numerals = [
  "none",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
]
const units: readonly (readonly [string, number])[] = [
  ["KiB", 1024],
  ["MiB", 1024 * 1024],
  ["second", 1000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
  ["week", 7 * 86_400_000],
]

/** What may stand between a number and its unit: `2 and 10 minutes`, `1, 4 and 12 hours`, `8 to 512 MiB`. */
const others = "(?:(?:,| and|, and| to) [\\d,½]*\\d[\\d½]*)*"

/** Patterns of the ways in which a number is written. */
function spellings(value: number): readonly string[] {
  const plain = [String(value), count(value), ...power(value)]
  const numeral = numerals[value]
  if (numeral !== undefined) plain.push(numeral)
  const scaled = units.flatMap(([unit, size]) => {
    const many = value / size
    if (!Number.isInteger(many) || many < 1) return []
    const words = [count(many), ...(numerals[many] === undefined ? [] : [numerals[many]])]
    if (many === 1) words.push("a", "an")
    return words.map((word) => `${pattern(word)}${others} ${unit}s?`)
  })
  return [...plain.map(pattern), ...scaled]
}

function power(value: number): readonly string[] {
  for (const [less, suffix] of [
    [0, [""]],
    [1, [" − 1", " - 1"]],
  ] as const) {
    const exponent = Math.log2(value + less)
    if (value > 1 && Number.isInteger(exponent) && 2 ** exponent - less === value)
      return suffix.map((end) => `2^${exponent}${end}`)
  }
  return []
}

function pattern(text: string): string {
  return text.replace(/[.+^]/g, "\\$&")
}

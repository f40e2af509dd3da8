import { sentencesOf } from "../sentences.js"
import type { CheckContext } from "./check.js"

const time =
  /(?:^|_)(?:time|timestamp|date|expiry|expires|expiration|ttl|timeout|duration|interval)(?:_|$)|_at$|(?:Time|Timestamp|Expiry|Ttl|Timeout|Duration|Interval)$/
const unitInName = /_(?:ms|s|secs?|seconds|us|ns|nanos|millis|minutes|hours|days)$|(?:Ms|Seconds|Nanos|Millis)$/
const unit =
  /\b(?:(?:milli|micro|nano)?-?seconds?|m?secs?|ms|ns|unix|posix|epoch|minutes?|hours?|days?|ISO ?8601|RFC ?3339)\b/i
const logical = /lamport|logical|vector|clock/i
const numeric = /^(?:u?int|s?fixed|sint|sfixed|double|float)\d*$/

/** A time without a unit is a thousand times off, or a million. */
export function checkUnits({ document, definitions, report }: CheckContext): void {
  for (const { fullName, fields } of definitions.messages)
    for (const field of fields) {
      const { name, type, comment } = field
      if (!numeric.test(type) || !time.test(name) || unitInName.test(name) || logical.test(`${name} ${comment}`))
        continue
      if (unit.test(comment)) continue
      const word = new RegExp(`\\b${name}\\b`, "i")
      const sentences = document.prose.flatMap(({ text }) => (word.test(text) ? sentencesOf(text) : []))
      if (sentences.some(({ text }) => unit.test(text) || logical.test(text))) continue
      report("unit-missing", field, `${fullName}.${name}: nothing says in which unit, and since when`)
    }
}

import type { CheckContext } from "../checks/check.js"
import type { Evidence } from "./evidence.js"
import { homeOf, unmet, verdict } from "./verdict.js"

const names =
  /\b(confidential\w*|integrity|forward secrecy|post[- ]compromise|(?:mutual(?:ly)? |sender )?authentica\w+|deniab\w+|sender privacy|unlinkab\w+|replay\w*|anonym\w+|post[- ]quantum|length[- ]hiding)\b/gi
const states =
  /\b(?:provid\w+|gives?|ensur\w+|guarant\w+|protects?|has|have|offers?|achiev\w+|lacks?|no|not|never|without|is|are|can(?:not)?|only|claims?|properties)\b/i

/** CT-7: at least two guarantees by name, each in a sentence, a list or a table that says whether it is given. */
export function checkGuarantees(all: readonly Evidence[], context: CheckContext): void {
  const stated = new Set<string>()
  const named = new Set<string>()
  let statedAt: number | undefined
  let namedAt: number | undefined
  for (const { prose, sentence } of all)
    for (const match of sentence.text.matchAll(names)) {
      const name = match[0].toLowerCase().slice(0, 8)
      named.add(name)
      namedAt ??= prose.line
      const isListed = prose.cell !== undefined || (prose.startsItem && sentence.index + match.index < 40)
      if (!isListed && !states.test(sentence.text)) continue
      stated.add(name)
      statedAt ??= prose.line
    }
  if (stated.size >= 2) verdict(context, "CT-7", "met", "states its guarantees", statedAt)
  else if (named.size >= 2)
    verdict(
      context,
      "CT-7",
      "review",
      "guarantees are named; a reader has to see which are given, and what they do not cover",
      namedAt,
    )
  else
    unmet(
      context,
      "CT-7",
      "the guarantees are not stated: confidentiality, authentication, forward secrecy and so on, each with what it does not cover",
      homeOf(context, /\b(?:security|privacy|guarantees?)\b/i),
    )
}

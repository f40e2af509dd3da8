import { sentencesOf } from "../sentences.js"
import { excerpt } from "../words.js"
import type { CheckContext } from "./check.js"

const bound =
  /(?<![\w-])([a-z]\w{1,60})s? (?:MUST|SHALL|must|shall) be (?:an? )?(?:(positive|non-?zero)|(?:greater|larger|more) than (\d{1,9}|zero)|at least (\d{1,9}))\b/
const hashes = /\bblake2[bsx]p?\((?:[^()\n]|\([^()\n]{0,80}\)){0,200}\)/gi
const sized = /,\s*(?:\w+\s*=\s*)?\d{1,3}\s*\)$/

/** What a document says of its values, held against the values that it gives. */
export function checkValues(context: CheckContext): void {
  checkBounds(context)
  checkHashes(context)
}

/** “`id` MUST be positive”, and a table with a column `id` that holds 0. */
function checkBounds({ document, report }: CheckContext): void {
  const least = new Map<string, { readonly value: number; readonly line: number }>()
  for (const prose of document.prose)
    for (const { text, index } of sentencesOf(prose.text)) {
      const [, name = "", , more, atLeast] = bound.exec(text) ?? []
      if (name === "" || least.has(name)) continue
      const value =
        atLeast !== undefined ? Number(atLeast) : more === undefined || more === "zero" ? 1 : Number(more) + 1
      least.set(name, { value, line: prose.at(index).line })
    }
  if (least.size === 0) return
  for (const { cell, text, line, column } of document.prose) {
    const rule = cell === undefined || cell.row === 0 ? undefined : least.get(cell.header[cell.column] ?? "")
    if (rule === undefined || !/^-?\d{1,15}$/.test(text.trim()) || Number(text) >= rule.value) continue
    const name = cell?.header[cell.column] ?? ""
    report(
      "value-conflict",
      { line, column },
      `${excerpt(name, 40)} is ${text.trim()} here, and line ${rule.line} wants at least ${rule.value}`,
    )
  }
}

/** Another length of output makes another hash of BLAKE2, not a longer piece of the same. */
function checkHashes({ document, report }: CheckContext): void {
  const isSaid = document.prose.some(({ text }) =>
    sentencesOf(text).some(
      (sentence) =>
        /blake2/i.test(sentence.text) &&
        /\d[- ]?(?:bits?|bytes?|octets?)\b|\bblake2\w[-_]?\d{2,3}\b/i.test(sentence.text),
    ),
  )
  if (isSaid) return
  for (const text of [...document.prose, ...document.code.filter(({ language }) => language !== "mermaid")])
    for (const match of text.text.matchAll(hashes)) {
      if (sized.test(match[0])) continue
      report(
        "hash-length",
        text.at(match.index),
        `${excerpt(match[0], 60)}: nothing says how many bytes the hash has, and BLAKE2 gives another one for each length`,
      )
      return
    }
}

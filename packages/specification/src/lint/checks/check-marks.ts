import type { CodeBlock, Located, Prose } from "../document/document.js"
import { isInstruction } from "../proto/comments.js"
import { withAbove } from "../document/read-sections.js"
import { sentencesOf } from "../sentences.js"
import { excerpt } from "../words.js"
import type { CheckContext } from "./check.js"
import { isUnwritten } from "./unwritten.js"

const mark = /\b(?:TODO|TBD|FIXME|TBA)s?\b|(?<![\w_])_{4,}(?![\w_])/g
const undecided =
  /\b(?:is|are|yet|still|remains?) to be (?:determined|defined|decided|specified|written|discussed)\b|\((?:still |yet )?to be (?:determined|defined|decided|specified|written|discussed|added)\)/gi

/** A few words, and dots. */
const brokenOff = /^[^.!?:…]{2,80}\s(?:\.{3}|…)$/

/** TODO, TBD and FIXME, wherever they stand, each once a line. */
export function checkMarks({ document, definitions, report }: CheckContext): void {
  const seen = new Set<number>()
  const note = (text: Located, index: number, quoted: string): void => {
    const place = text.at(index)
    if (seen.has(place.line)) return
    seen.add(place.line)
    const isBlank = quoted.startsWith("__")
    report(
      "unresolved-mark",
      place,
      `${isBlank ? "a blank is not filled in" : `unresolved: “${excerpt(plain(quoted))}”`}`,
    )
  }
  const unwritten = new Set(document.sections.filter((section) => isUnwritten(section, document)))
  for (const prose of document.prose) {
    // An empty section is one finding, not two.
    if (unwritten.has(prose.section)) continue
    for (const match of prose.text.matchAll(mark))
      if (!isMention(prose, match.index)) note(prose, match.index, behind(prose.text, match.index))
    if (!withAbove(prose.section).some(({ heading }) => /reference|future/i.test(heading)))
      for (const match of prose.text.matchAll(undecided))
        note(prose, match.index, sentenceAround(prose.text, match.index))
  }
  for (const { text, kind, at } of document.prose)
    if (kind === "paragraph" && brokenOff.test(text.trim()))
      report("unresolved-mark", at(0), `“${excerpt(text)}” breaks off: finish it, or remove it`)
  for (const { fields } of definitions.messages)
    for (const field of fields)
      if (isInstruction(field.comment))
        report("unresolved-mark", field, `the comment asks for a change: “${excerpt(field.comment)}”`)
  for (const block of document.code)
    for (const match of block.text.matchAll(mark))
      if (!/^_+$/.test(match[0]) && !isQuoted(block, match.index))
        note(block, match.index, behind(block.text, match.index))
  for (const html of document.html)
    for (const match of html.text.matchAll(mark))
      if (!/^_+$/.test(match[0])) note(html, match.index, behind(html.text, match.index).replace(/--+>.*$/, ""))
}

/** What speaks of the mark: it stands alone as code. */
function isMention({ spans }: Prose, index: number): boolean {
  return spans.some(({ kind, start, end }) => kind === "code" && start <= index && index < end && end - start <= 8)
}

function isQuoted({ text }: CodeBlock, index: number): boolean {
  return /["'][^"'\n]*$/.test(text.slice(text.lastIndexOf("\n", index) + 1, index))
}

function behind(text: string, index: number): string {
  const end = text.indexOf("\n", index)
  return text.slice(index, end < 0 ? undefined : end)
}

/** `TODO] what` is TODO: what. */
function plain(quoted: string): string {
  if (!/^(TODO|TBD|FIXME|TBA)/.test(quoted)) return quoted
  return quoted.replace(/^(\w+)[^\p{L}\p{N}“"'`(]*/u, (_, word: string) => `${word}: `).replace(/:\s*$/, "")
}

function sentenceAround(text: string, index: number): string {
  return sentencesOf(text).findLast((sentence) => sentence.index <= index)?.text ?? text
}

import type { Located, Prose } from "../document/document.js"
import type { Place } from "../report.js"
import { nearest } from "../words.js"
import type { CheckContext } from "./check.js"

interface Use {
  readonly place: Place
  readonly count: number
}

interface Text extends Located {
  readonly defines: (index: number, end: number) => boolean
}

const names = /(?<![\w\-/.#`@{<$:\\%])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w/{-]|\.\w)/g
/** `D_2`, `SPK_B`: a symbol with an index. */
const indexed = /^[A-Z]{1,4}_[A-Z0-9]$|^[A-Z]_/
const registered =
  /^(AEAD|ECDH|ECDSA|ECIES|HMAC|HKDF|PBKDF2|SHA\d*|TLS|MLS|DHKEM|KEM|RSA|AES|XCHACHA\w*|CHACHA\w*|ED25519|X25519|BLS\w*|NIST|SECP\w*|P\d+|UTF|CC|AF|SOCK)_/
const after =
  /^[`*]{0,3}\s*(=(?!=)|:=|:(?!:)|←|≜|\(\s*=|(is|are|be|denotes?|means|stands for|refers to|has the value)\b|\([^()\n]{0,120}\)\s*(:|=(?!=)|\{|->|→|returns\b))/
const before =
  /\b(called|named|denoted|constants?|let|parameters?|variables?|codes?|errors?|status(?:es)?|flags?|events?|domain|label|strings?|functions?|refus\w+|rejects?|fails?|failed|throws?|returns?|answers?|reports?|result|outcome|state|reasons?)\b[^.]{0,60}$/i

/** Names in capitals that are used and get no value or meaning anywhere, and those that get two. */
export function checkConstants({ document, definitions, report }: CheckContext): void {
  const uses = new Map<string, Use>()
  const defined = new Set(definitions.enums.flatMap(({ values }) => values.map(({ name }) => name)))
  const values = new Map<string, { readonly value: string; readonly place: Place }>()
  const texts = [...proseTexts(document), ...codeTexts(document)]
  for (const text of texts)
    for (const match of text.text.matchAll(names)) {
      const name = match[0]
      const end = match.index + name.length
      const use = uses.get(name)
      uses.set(name, { place: use?.place ?? text.at(match.index), count: (use?.count ?? 0) + 1 })
      if (text.defines(match.index, end)) defined.add(name)
      const value = /^[`*]{0,3}\s*:?=\s*`?(\d[\d,_]*)(?!\w|\.\d)/
        .exec(text.text.slice(end, end + 60))?.[1]
        ?.replace(/[,_]/g, "")
      const first = values.get(name)
      if (value === undefined || isRemoved(text, match.index)) continue
      if (first === undefined) values.set(name, { value, place: text.at(match.index) })
      else if (first.value !== value)
        report(
          "constant-conflict",
          text.at(match.index),
          `${name} is ${value} here and ${first.value} on line ${first.place.line}`,
        )
    }
  for (const [name, { place, count }] of uses) {
    if (defined.has(name) || registered.test(name) || indexed.test(name)) continue
    const near = nearest(name, defined)
    const times = count === 1 ? "" : ` (${count} times)`
    const hint = near === undefined ? "" : `; did you mean ${near}?`
    report("constant-undefined", place, `${name} is used${times}, and nothing says what it is${hint}`)
  }
}

/** A line that a document shows as taken out. */
function isRemoved({ text }: Located, index: number): boolean {
  return /(?:^|\n)-\s+$/.test(text.slice(Math.max(0, index - 10), index))
}

function proseTexts({ prose, title }: CheckContext["document"]): Text[] {
  return prose
    .filter(({ text }) => text.includes("_") && text !== title?.text)
    .map((one) => ({
      // What links elsewhere is defined there.
      text: one.spans
        .filter(({ kind }) => kind === "link")
        .reduce((text, { start, end }) => text.slice(0, start) + " ".repeat(end - start) + text.slice(end), one.text),
      at: one.at,
      defines: (index, end) =>
        one.kind === "heading" ||
        (one.cell !== undefined && one.cell.row > 0 && one.cell.column === 0) ||
        (one.startsItem && index <= 1) ||
        (index === 0 && one.spans.some(({ kind, start }) => kind === "strong" && start === 0)) ||
        after.test(one.text.slice(end, end + 160)) ||
        before.test(one.text.slice(Math.max(0, index - 100), index)) ||
        isNamed(one, index, end),
    }))
}

/** A code is its own meaning where it is set as code and said to be something: is `X`, with `X`, (`X`), also in a row of them. */
function isNamed({ text, spans, cell }: Prose, index: number, end: number): boolean {
  if (!spans.some((span) => span.kind === "code" && span.start === index && span.end === end)) return false
  if (cell !== undefined && cell.row > 0 && /^[A-Z0-9_,\s]+$/.test(text)) return true
  const list = text
    .slice(Math.max(0, index - 400), index)
    .replace(/(?:[A-Z][A-Z0-9_.]*(?: \([^()]{0,120}\))?(?:,?\s+(?:and|or)\s+|,\s+))+$/, "")
  return (
    /(?:\b(?:is|are|be|becomes?|as|with|gives?|ends? in|ends? with)|[:(])\s*$/.test(list) ||
    /^ (?:\([a-z]|for\b)/.test(text.slice(end))
  )
}

/** Formulas and pseudocode. In a programming language a name can come from a library. */
function codeTexts({ code }: CheckContext["document"]): Text[] {
  return code
    .filter(({ language }) => /^(text|txt|plain|plaintext|pseudo(code)?|math|abnf|bnf)?$/.test(language))
    .map((block) => ({
      text: block.text,
      at: block.at,
      defines: (index, end) =>
        after.test(block.text.slice(end, end + 160)) ||
        /(?:^|\n)\s*\w+\([^()\n]*$/.test(block.text.slice(Math.max(0, index - 200), index)) ||
        /(^|\n)\s*(const|let|#define|def|fn|func|function|procedure|enum|static)?\s*$/.test(
          block.text.slice(Math.max(0, index - 60), index),
        ),
    }))
}

export const documentCharactersMax = 400_000
const containersMax = 16
const lineCharactersMax = 20_000
const runCharactersMax = 60_000
const underlinedMax = 1000

interface Refusal {
  readonly message: string
  readonly line: number
}

/**
 * Why a text is not parsed. The parser takes time that grows with the square of what has no blank line in it, of nested quotes and lists, and of
 * headings that are underlined; all are bounded, far above what documents have.
 */
export function refusalOf(text: string): Refusal | undefined {
  if (text.length > documentCharactersMax)
    return { message: `it is longer than ${documentCharactersMax} characters`, line: 1 }
  if (text.includes("\0")) return { message: "it is no text: it holds bytes of zero", line: 1 }
  let run = 0
  let underlined = 0
  let fence: string | undefined
  let above = ""
  for (const [index, content] of text.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1
    const [, mark] = /^ {0,3}(`{3,}|~{3,})/.exec(content) ?? []
    if (content.length > lineCharactersMax)
      return { message: `a line is longer than ${lineCharactersMax} characters`, line }
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true) fence = undefined
      continue
    }
    fence = mark
    run = content.trim() === "" ? 0 : run + content.length + 1
    if (run > runCharactersMax)
      return { message: `more than ${runCharactersMax} characters stand without a blank line between them`, line }
    if (/^ {0,3}(-+|=+)\s*$/.test(content) && above.trim() !== "") underlined += 1
    if (underlined > underlinedMax) return { message: `more than ${underlinedMax} headings are underlined`, line }
    if (containersOf(content) > containersMax)
      return { message: `quotes or lists are nested more than ${containersMax} deep`, line }
    above = content
  }
  return undefined
}

/** Quotes and list marks at the beginning of a line, each of which opens a container. */
function containersOf(line: string): number {
  const marks = /^(?:[ \t]*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)))*/.exec(line)?.[0] ?? ""
  return marks.replace(/[ \t\d]/g, "").length
}

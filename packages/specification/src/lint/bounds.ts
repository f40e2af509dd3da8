export const documentCharactersMax = 1_000_000
const containersMax = 64
const lineCharactersMax = 20_000

/** Why a text is not parsed: the parser takes more than linear time, or memory, on such. */
export function refusalOf(text: string): { readonly message: string; readonly line: number } | undefined {
  if (text.length > documentCharactersMax)
    return { message: `it is longer than ${documentCharactersMax} characters`, line: 1 }
  if (text.includes("\0")) return { message: "it is no text: it holds bytes of zero", line: 1 }
  let line = 0
  for (const one of text.split("\n")) {
    line += 1
    if (one.length > lineCharactersMax)
      return { message: `a line is longer than ${lineCharactersMax} characters`, line }
    // Quotes and list marks at the beginning of a line, each of which opens a container.
    const marks = /^(?:[ \t]*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)))*/.exec(one)?.[0] ?? ""
    if (marks.replace(/[ \t\d]/g, "").length > containersMax)
      return { message: `quotes or lists are nested more than ${containersMax} deep`, line }
  }
  return undefined
}

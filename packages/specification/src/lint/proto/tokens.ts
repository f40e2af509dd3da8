/** `end` closes the list. Comments are tokens: they say what a field means, or that something is left out. */
export interface Token {
  readonly kind: "word" | "number" | "text" | "symbol" | "comment" | "end"
  readonly text: string
  readonly index: number
  /** Whether nothing but space stands before it on its line. */
  readonly startsLine: boolean
}

const pattern =
  /(\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|#[^\n]*)|("[^"\n]*"?|'[^'\n]*'?)|(-?(?:0x[0-9a-f]+|\d+)(?![\w.]))|(\.\.\.+|…)|(\.?[a-z_][\w-]*(?:\.[a-z_]\w*)*)|(\S)/giy

/** In linear time. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let lineOfLast = -1
  let index = 0
  let line = 0
  while (index < text.length) {
    const code = text.charCodeAt(index)
    if (code === 10) line += 1
    if (code <= 32 || code === 0xa0) {
      index += 1
      continue
    }
    pattern.lastIndex = index
    const match = pattern.exec(text)
    if (match === null) {
      index += 1
      continue
    }
    const [found, comment, quoted, number, dots, word] = match
    const kind =
      comment !== undefined
        ? "comment"
        : quoted !== undefined
          ? "text"
          : number !== undefined
            ? "number"
            : dots === undefined && word !== undefined
              ? "word"
              : "symbol"
    tokens.push({ kind, text: found, index, startsLine: line !== lineOfLast })
    for (const character of found) if (character === "\n") line += 1
    lineOfLast = line
    index += found.length
  }
  tokens.push({ kind: "end", text: "", index: text.length, startsLine: true })
  return tokens
}

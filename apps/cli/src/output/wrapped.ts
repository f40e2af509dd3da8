const widthMax = 80

/** Text broken between words to fit 80 columns, indented; what follows the first line stands two further in. */
export function wrapped(text: string, indent: number): string {
  const lines: string[] = []
  let line = " ".repeat(indent)
  let isEmpty = true
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > widthMax) {
      lines.push(line)
      line = " ".repeat(indent + 2)
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, line].join("\n")
}

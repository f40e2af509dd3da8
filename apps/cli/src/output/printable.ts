/**
 * Controls, formatting characters such as bidirectional overrides, private use, half surrogates, line and paragraph separators. The joiners
 * that scripts and emoji need stay.
 */
const unprintable = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/**
 * Text from outside on one line: what could steer a terminal or turn its neighbours around is shown as `\u{202e}`. Line breaks become a
 * space, so that nobody's text begins a line.
 */
export function printable(text: string): string {
  return text.replace(/\r\n|[\n\r\t\u2028\u2029]/g, " ").replace(unprintable, escaped)
}

/** The same on several lines, as it was written: the caller indents them. */
export function printableLines(text: string): string[] {
  return text.split(/\r\n|[\n\u2028\u2029]/).map((line) => line.replaceAll("\t", "  ").replace(unprintable, escaped))
}

/** At most this many characters of printable text, with `…` in place of the rest. */
export function shortened(text: string, charactersMax: number): string {
  const characters = Array.from(text)
  return characters.length <= charactersMax ? text : `${characters.slice(0, charactersMax - 1).join("")}…`
}

/** JSON on one line whose strings mean the same and hold nothing that a terminal acts on. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, (character) =>
    Array.from({ length: character.length }, (_, i) => unicodeEscape(character.charCodeAt(i))).join(""),
  )
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`
}

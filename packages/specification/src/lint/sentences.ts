export interface Sentence {
  readonly text: string
  readonly index: number
}

/** Sentences of a paragraph, roughly: what ends one is followed by space and a capital, a mark or the end. */
export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = []
  let start = 0
  for (const match of text.matchAll(/[.!?:;](?=\s+[^a-z\s]|\s*$)/g)) {
    push(sentences, text, start, match.index + 1)
    start = match.index + 1
  }
  push(sentences, text, start, text.length)
  return sentences
}

function push(sentences: Sentence[], text: string, start: number, end: number): void {
  const slice = text.slice(start, end)
  const trimmed = slice.trimStart()
  if (trimmed.trim() !== "") sentences.push({ text: trimmed.trimEnd(), index: start + slice.length - trimmed.length })
}

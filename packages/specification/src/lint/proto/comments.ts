/** What a comment says, without its slashes. */
export function plainComment(text: string): string {
  return text
    .replace(/^(\/\/+|\/\*+|#+)/, "")
    .replace(/\*+\/$/, "")
    .trim()
}

/** `// ...`, which stands for something that is not shown. */
export function isDotsComment(text: string): boolean {
  return (
    /^(\.{2,}|…)$/.test(plainComment(text)) ||
    /^(\.{3,}|…)?\s*(more|other|further) (fields|members|types|frames)\b/i.test(plainComment(text))
  )
}

/** What a comment says, without its slashes. */
export function plainComment(text: string): string {
  return text
    .replace(/^(\/\/+|\/\*+|#+)/, "")
    .replace(/\*+\/$/, "")
    .trim()
}

/** “Replace with ...”: what an author means to do yet, and no description. */
export function isInstruction(comment: string): boolean {
  return /^(?:replace|remove|rename|rework|revisit|drop|fix) (?:with|by|this|these|it|me|to|when|once|before|after|later)\b/i.test(
    comment,
  )
}

/** `// ...`, which stands for something that is not shown. */
export function isDotsComment(text: string): boolean {
  return (
    /^(\.{2,}|…)$/.test(plainComment(text)) ||
    /^(\.{3,}|…)?\s*(more|other|further) (fields|members|types|frames)\b/i.test(plainComment(text))
  )
}

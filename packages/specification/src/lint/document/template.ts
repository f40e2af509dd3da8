/** The sections that the published template asks for. */
export type TemplateSection =
  "abstract" | "background" | "theory" | "wire" | "suggestions" | "security" | "copyright" | "references"

const headings: readonly (readonly [TemplateSection, RegExp])[] = [
  ["abstract", /^(abstract|summary)\b/],
  [
    "background",
    /^(background|motivation|rationale)\b|\b(motivation|rationale)$|^introduction( and .*)?$|^what it is for$/,
  ],
  ["theory", /\b(theory|semantics)\b/],
  ["suggestions", /\bimplementation(s|ers?)?\b|^recommendations\b/],
  ["security", /\b(security|privacy)\b|\bthreats?\b/],
  [
    "wire",
    /\bwire format\b|\bsyntax\b|\bwire\b|^(message|payload|frame|data|packet) (formats?|structures?|definitions?|types?)$/,
  ],
  ["copyright", /\b(copyright|licen[cs]e)\b/],
  ["references", /^(normative |informative )?(references|bibliography)$|^(normative|informative)$/],
]

/** Which section of the template a heading stands for. */
export function templateSection(heading: string): TemplateSection | undefined {
  const plain = heading
    .toLowerCase()
    .replace(/^[\d.]+\s+/, "")
    .trim()
  return headings.find(([, pattern]) => pattern.test(plain))?.[0]
}

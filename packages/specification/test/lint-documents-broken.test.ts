import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { lintDocument } from "@colloquy/specification"
import fc from "fast-check"
import { expect, test } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const documents = ["specs", "examples"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), "utf8") })),
)

function rulesOf(path: string, text: string): ReadonlySet<string> {
  return new Set(lintDocument({ path, text }).findings.map(({ rule }) => rule))
}

function without(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(end)
}

/** Every place where a pattern begins and ends. */
function places(text: string, pattern: RegExp): readonly (readonly [start: number, end: number, match: string])[] {
  return [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length, match[0]])
}

/** Lines of the definitions, which stand between their fences. */
function definitionLines(text: string, pattern: RegExp): readonly (readonly [number, number, string])[] {
  return places(text, /^```protobuf\n[^]*?^```$/gm).flatMap(([start, , block]) =>
    places(block, pattern).map(([from, to, line]) => [start + from, start + to, line] as const),
  )
}

for (const { path, text } of documents) {
  test(`${path}: a section of the template that is taken away is missed`, () => {
    const sections = places(text, /^## (?:Abstract|Copyright|Security[^\n]*)\n[^]*?(?=^## |(?![^]))/gm).filter(
      ([start, end, section]) =>
        !section.startsWith("## Security") ||
        !/^#+ .*\b(?:privacy|security|threats?)\b/im.test(without(text, start, end)),
    )
    fc.assert(
      fc.property(fc.constantFrom(...sections), ([start, end]) => {
        expect(rulesOf(path, without(text, start, end))).toContain("section-missing")
      }),
      { numRuns: 1 },
    )
  })

  test(`${path}: a section that is emptied is found`, () => {
    const sections = places(text, /^## [^\n]*\n[^]*?(?=^## |(?![^]))/gm)
    fc.assert(
      fc.property(fc.constantFrom(...sections), ([start, end, section]) => {
        const heading = section.slice(0, section.indexOf("\n") + 1)
        expect(rulesOf(path, `${text.slice(0, start)}${heading}\n${text.slice(end)}`)).toContain("section-empty")
      }),
      { numRuns: 1 },
    )
  })

  const closings = definitionLines(text, /^\}$/gm)
  if (closings.length === 0) continue

  test(`${path}: each line of a definition is missed`, () => {
    const members = definitionLines(text, /^ +(?!oneof|reserved|message|enum|\/\/)[\w.<>, ]+ = \d+;/gm)
    fc.assert(
      fc.property(fc.constantFrom(...closings), ([start, end]) => {
        expect(rulesOf(path, without(text, start, end))).toContain("proto-syntax")
      }),
      { numRuns: 1 },
    )
    fc.assert(
      fc.property(fc.constantFrom(...members), ([start, end, line]) => {
        const put = (member: string): ReadonlySet<string> =>
          rulesOf(path, text.slice(0, start) + member + text.slice(end))
        expect(put(line.replace(/ = \d+/, "")), line).toContain("proto-number")
        expect(put(line.replace(/;$/, "")), line).toContain("proto-syntax")
        expect(put(`${line}\n${line}`), line).toContain("proto-duplicate")
        if (/^ +[A-Z_\d]+ =/.test(line)) return
        const retyped = line.replace(/^( +(?:optional |repeated )?)[\w.<>, ]+? (?=\w+ =)/, "$1Unheard ")
        expect(put(retyped), line).toContain("proto-undefined")
      }),
      { numRuns: 1 },
    )
  })
}

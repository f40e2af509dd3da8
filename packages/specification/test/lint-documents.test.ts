import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type LintReport, lintDocument } from "@colloquy/specification"
import { expect, test } from "vitest"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const documents = ["specs", "examples"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`),
)

const reports = new Map<string, LintReport>()

function report(path: string): LintReport {
  const known = reports.get(path) ?? lint(path)
  reports.set(path, known)
  return known
}

function lint(path: string): LintReport {
  const folder = join(root, dirname(path))
  return lintDocument({
    path,
    text: readFileSync(join(root, path), "utf8"),
    exists: (link) => existsSync(join(folder, link)),
    read: (link) => (existsSync(join(folder, link)) ? readFileSync(join(folder, link), "utf8") : undefined),
  })
}

for (const path of documents)
  test(`${path} has nothing to mend`, () => {
    const { findings, typeRules } = report(path)
    expect(findings.map(({ line, rule, message }) => `${path}:${line} ${rule}: ${message}`)).toEqual([])
    expect(typeRules.filter(({ verdict }) => verdict === "unmet")).toEqual([])
  })

test("the documents of types are taken for what they are", () => {
  const types = documents.map(report).flatMap(({ path, type }) => (type === undefined ? [] : [`${type} ${path}`]))
  expect(types).toEqual(
    expect.arrayContaining([
      "InboxV1 specs/inbox-v1.md",
      "PrivateV1 specs/private-v1.md",
      "BoardV1 examples/board-v1.md",
    ]),
  )
  for (const path of ["specs/content.md", "specs/envelope.md", "specs/reliability.md"])
    expect(report(path).kind).toBe("protocol")
})

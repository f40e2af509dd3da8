import { requirements } from "@colloquy/core"
import type { LintReport } from "./report.js"
import { lintRules } from "./rules.js"

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/** The reports as one SARIF 2.1.0 log, which code hosts and editors read. Paths become relative URIs. */
export function toSarif(reports: readonly LintReport[], version: string): object {
  const rules = [
    ...Object.entries(lintRules).map(([id, { title, severity }]) => rule(id, title, severity)),
    ...Object.entries(requirements).map(([id, { rule: title, level }]) =>
      rule(id, title, level === "must" ? "error" : level === "should" ? "warning" : "note"),
    ),
  ]
  const index = new Map(rules.map(({ id }, index) => [id, index]))
  return {
    $schema: schema,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "colloquy spec lint", version, rules } },
        columnKind: "utf16CodeUnits",
        artifacts: reports.map(({ path }) => ({ location: { uri: uriOf(path) } })),
        results: reports.flatMap(({ path, findings }, artifact) =>
          findings.map(({ rule, severity, message, line, column }) => ({
            ruleId: rule,
            ruleIndex: index.get(rule) ?? -1,
            level: severity,
            message: { text: message },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: uriOf(path), index: artifact },
                  region: { startLine: line, startColumn: column },
                },
              },
            ],
          })),
        ),
      },
    ],
  }
}

interface SarifRule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
  readonly defaultConfiguration: { readonly level: string }
}

function rule(id: string, title: string, level: string): SarifRule {
  return { id, shortDescription: { text: title }, defaultConfiguration: { level } }
}

function uriOf(path: string): string {
  const uri = path
    .replaceAll("\\", "/")
    .split("/")
    .map((part) => encodeURIComponent(part.replace(/\p{Cs}/gu, "\ufffd")))
    .join("/")
  return uri.startsWith("/") ? `file://${uri}` : uri
}

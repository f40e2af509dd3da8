import type { TypeId } from "@colloquy/core"
import { withoutAllowed } from "./allowances.js"
import { refusalOf } from "./bounds.js"
import type { CheckContext } from "./checks/check.js"
import { checkConstants } from "./checks/check-constants.js"
import { checkFields } from "./checks/check-fields.js"
import { checkKeywords } from "./checks/check-keywords.js"
import { checkLeftOpen } from "./checks/check-left-open.js"
import { checkLinks } from "./checks/check-links.js"
import { checkMarks } from "./checks/check-marks.js"
import { checkNames } from "./checks/check-names.js"
import { checkProto } from "./checks/check-proto.js"
import { checkReferences } from "./checks/check-references.js"
import { checkRequirementIds } from "./checks/check-requirement-ids.js"
import { checkSections } from "./checks/check-sections.js"
import { checkTemplate } from "./checks/check-template.js"
import { checkUnits } from "./checks/check-units.js"
import { checkValues } from "./checks/check-values.js"
import { checkWording } from "./checks/check-wording.js"
import type { SpecificationDocument } from "./document/document.js"
import { readDocument } from "./document/read-document.js"
import { kindOf } from "./kind.js"
import { protoDefinitions } from "./proto/definitions.js"
import type { LintFinding, LintInput, LintReport, TypeRuleResult } from "./report.js"
import { lintRules } from "./rules.js"
import { checkTypeRules } from "./type-rules/check-type-rules.js"
import { checkCompleteness } from "./type-rules/completeness.js"
import { checkTypeName } from "./type-rules/type-name.js"

const findingsMax = 1000
const checks = [
  checkTemplate,
  checkSections,
  checkMarks,
  checkKeywords,
  checkLinks,
  checkReferences,
  checkRequirementIds,
  checkProto,
  checkFields,
  checkNames,
  checkValues,
  checkUnits,
  checkConstants,
  checkLeftOpen,
  checkWording,
]

/**
 * Reads a specification and reports what its author would want to mend. Any text will do: what is too long, too deep or no text gives a report
 * with one finding, `document-unreadable`. It never throws, unless `exists` or `read` does.
 */
export function lintDocument(input: LintInput): LintReport {
  const refusal = refusalOf(input.text)
  if (refusal !== undefined) return unreadable(input, refusal.message, refusal.line)
  let document: SpecificationDocument
  try {
    document = readDocument(input.path, input.text)
  } catch {
    return unreadable(input, "it cannot be parsed", 1)
  }
  return lint(input, document)
}

function lint(input: LintInput, document: SpecificationDocument): LintReport {
  const definitions = protoDefinitions(document)
  const judged = kindOf(document, definitions)
  const kind = input.kind ?? judged.kind
  const findings: LintFinding[] = []
  const typeRules: TypeRuleResult[] = []
  const context: CheckContext = {
    document,
    kind,
    definitions,
    input,
    report: (rule, { line, column }, message, severity) => {
      const weight = severity ?? (rule in lintRules ? lintRules[rule as keyof typeof lintRules].severity : "error")
      findings.push({ rule, severity: weight, message, line, column })
    },
    judge: (result) => typeRules.push(result),
  }
  for (const check of checks) check(context)
  let type: TypeId | undefined
  if (kind === "conversation-type") {
    type = checkTypeName(context)
    checkTypeRules(context)
    checkCompleteness(findings, context)
  }
  return {
    path: input.path,
    kind,
    kindReason: input.kind === undefined ? judged.reason : "it was said",
    ...(document.title === undefined ? {} : { title: document.title.text }),
    ...(type === undefined ? {} : { type }),
    typeRules: typeRules.sort((a, b) => numberOf(a) - numberOf(b)),
    findings: bounded(
      [...withoutAllowed(onceEach(findings), document.root)].sort(
        (a, b) => a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1),
      ),
    ),
  }
}

/** What a rule for types says of a passage, or the lack of any description of a field, need not be said twice. */
function onceEach(findings: readonly LintFinding[]): LintFinding[] {
  const taken = new Set(
    findings.filter(({ rule }) => rule.startsWith("CT-")).map(({ line, column }) => `${line}:${column}`),
  )
  const silent = new Set(
    findings.filter(({ rule }) => rule === "field-undescribed").map(({ line, column }) => `${line}:${column}`),
  )
  return findings.filter(({ rule, line, column }) => {
    const place = `${line}:${column}`
    return !(rule === "left-open" && taken.has(place)) && !(rule === "unit-missing" && silent.has(place))
  })
}

function numberOf({ id }: TypeRuleResult): number {
  return Number(id.slice(3))
}

function bounded(findings: readonly LintFinding[]): readonly LintFinding[] {
  const last = findings[findingsMax]
  if (last === undefined) return findings
  const more = findings.length - findingsMax + 1
  return [...findings.slice(0, findingsMax - 1), { ...last, message: `${more} findings more are not listed` }]
}

function unreadable({ path, kind = "other" }: LintInput, message: string, line: number): LintReport {
  return {
    path,
    kind,
    kindReason: "it was not read",
    typeRules: [],
    findings: [{ rule: "document-unreadable", severity: "error", message, line, column: 1 }],
  }
}

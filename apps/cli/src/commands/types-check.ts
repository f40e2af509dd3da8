import { readFileSync, writeFileSync } from "node:fs"
import { type AnyConversationType, ColloquyError } from "@colloquy/core"
import {
  builtInFixtures,
  type ConformanceReport,
  type ConversationTypeFixture,
  conversationTypeConformance,
  reportToJson,
  reportToMarkdown,
  reportToTable,
} from "@colloquy/testing"
import { builtInTypes } from "colloquy"
import { loadModule } from "../documents/load-module.js"
import { ExitWith } from "../exit-with.js"
import { exitCodes } from "../failures.js"
import { jsonLine, printableLines } from "../output/printable.js"
import type { Settings } from "../settings.js"

interface TypesCheckOptions {
  readonly type?: string
  readonly document?: string
  /** `true`: to standard output. */
  readonly markdown?: string | true
  readonly seed?: number
}

/** Checks the types that a module exports, and ends with 1 when one of them does not conform. */
export async function typesCheck(
  { output }: Pick<Settings, "output">,
  module: string,
  { type: wanted, document, markdown, seed = 1 }: TypesCheckOptions,
): Promise<void> {
  const found = await typesOf(module)
  const chosen = found.filter(({ type }) => wanted === undefined || type.id === wanted)
  if (chosen.length === 0) throw new ColloquyError("USAGE", `the module exports no type ${wanted ?? ""}`)
  if (document !== undefined && chosen.length > 1)
    throw new ColloquyError("USAGE", "--document is of one type: name it with --type")
  const text = document === undefined ? undefined : read(document)
  const others = [...builtInTypes, ...found.map(({ type }) => type)]
  const reports: ConformanceReport[] = []
  for (const { type, fixture } of chosen) {
    await output.hint(`checking ${type.id} …`)
    const options = { seed, others, ...(text === undefined ? {} : { document: text }) }
    const report = await conversationTypeConformance(type, fixture, options).report()
    reports.push(report)
    if (output.json) await output.line(jsonLine(reportToJson(report)))
    else if (markdown !== true) await output.line(safe(reportToTable(report)))
  }
  if (markdown !== undefined) {
    const written = reports.map((report) => reportToMarkdown(report)).join("\n")
    if (markdown === true) await output.line(safe(written))
    else write(markdown, written)
  }
  if (reports.some(({ conforms }) => !conforms)) throw new ExitWith(exitCodes.failure)
}

interface Found {
  readonly type: AnyConversationType
  readonly fixture: ConversationTypeFixture
}

/** A built-in type, or the types of a module with the fixtures that stand beside them there. Throws `MODULE_…` and `FIXTURE_BAD`. */
async function typesOf(module: string): Promise<readonly Found[]> {
  const builtIn = builtInTypes.find(({ id }) => id === module)
  if (builtIn !== undefined) return [{ type: builtIn, fixture: builtInFixtures.get(builtIn.id) ?? {} }]
  const { types, exported } = await loadModule(module)
  if (types.length === 0) throw new ColloquyError("MODULE_EMPTY", `the module ${module} exports no conversation type`)
  const { fixture: single, fixtures } = exported
  if (single !== undefined && types.length > 1)
    throw new ColloquyError("FIXTURE_BAD", "the module exports several types and one `fixture`: `fixtures` are by type")
  return [...new Set(types)].map((type) => {
    const fixture =
      single ?? (fixtures instanceof Map ? fixtures.get(type.id) : (fixtures as Fixtures)?.[type.id]) ?? {}
    if (typeof fixture !== "object") throw new ColloquyError("FIXTURE_BAD", `the fixture of ${type.id} is none`)
    return { type, fixture: fixture as ConversationTypeFixture }
  })
}

type Fixtures = Readonly<Record<string, unknown>> | undefined

/** Titles and findings may hold what the author of a type wrote. */
function safe(text: string): string {
  return printableLines(text.trimEnd()).join("\n")
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (cause) {
    throw new ColloquyError("DOCUMENT_UNREADABLE", `the document ${file} can't be read`, { cause })
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new ColloquyError("REPORT_UNWRITABLE", `the report can't be written to ${file}`, { cause })
  }
}

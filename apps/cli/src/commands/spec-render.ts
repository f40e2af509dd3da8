import { readFileSync } from "node:fs"
import { type AnyConversationType, ColloquyError } from "@colloquy/core"
import { type Report, renderDocument } from "@colloquy/specification"
import { builtInTypes } from "colloquy"
import { documents } from "colloquy/documents"
import { type LoadedModule, loadModule } from "../documents/load-module.js"
import { flowOf } from "../documents/flows.js"
import type { Settings } from "../settings.js"

interface SpecRenderOptions {
  readonly type?: string
  readonly report?: string
}

/** Prints a document for a type: what its declaration says, and `TODO` where its author has to write. */
export async function specRender(
  { output }: Pick<Settings, "output">,
  name: string,
  { type: wanted, report }: SpecRenderOptions,
): Promise<void> {
  const builtIn = builtInTypes.find(({ id }) => id === name)
  const known: LoadedModule = builtIn === undefined ? await loadModule(name) : { types: [builtIn], facts: documents }
  const type = chosen(known.types, wanted ?? builtIn?.id)
  const facts = known.facts.find(({ document }) => document === type.declaration.specification.document)
  const flow = await flowOf(type)
  const text = renderDocument(type, {
    ...(facts === undefined ? {} : { facts }),
    ...(flow === undefined ? {} : { flow }),
    ...(report === undefined ? {} : { report: readReport(report, type) }),
  })
  await output.result({ type: type.id, text }, () => [text.trimEnd()])
}

/** Throws `TYPE_UNKNOWN` when there is no such type, `TYPE_AMBIGUOUS` when several could be meant. */
function chosen(types: readonly AnyConversationType[], id: string | undefined): AnyConversationType {
  const ids = types.map((type) => type.id).join(", ")
  const [only, ...others] = id === undefined ? types : types.filter((type) => type.id === id)
  if (only === undefined) throw new ColloquyError("TYPE_UNKNOWN", `there is no type ${id ?? ""} but ${ids || "none"}`)
  if (others.length > 0) throw new ColloquyError("TYPE_AMBIGUOUS", `name one with --type: ${ids}`)
  return only
}

/** Throws `REPORT_UNREADABLE`. */
function readReport(file: string, { id }: AnyConversationType): Report {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Report
    if (report.type === id && Array.isArray(report.rules) && Array.isArray(report.guarantees)) return report
  } catch (cause) {
    throw new ColloquyError("REPORT_UNREADABLE", `${file} is no conformance report`, { cause })
  }
  throw new ColloquyError("REPORT_UNREADABLE", `${file} is no conformance report of ${id}`)
}

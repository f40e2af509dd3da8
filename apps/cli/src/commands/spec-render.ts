import { type AnyConversationType, ColloquyError } from "@colloquy/core"
import { renderDocument } from "@colloquy/specification"
import { builtInTypes } from "colloquy"
import { documents } from "colloquy/documents"
import { readReport } from "../documents/evidence.js"
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
  const seen = report === undefined ? undefined : readReport(report, type.id)
  if (report !== undefined && seen === undefined)
    throw new ColloquyError("REPORT_UNREADABLE", `there is no file ${report}`)
  const text = renderDocument(type, {
    ...(facts === undefined ? {} : { facts }),
    ...(flow === undefined ? {} : { flow }),
    ...(seen === undefined ? {} : { report: seen }),
  })
  await output.result({ type: type.id, text }, () => [text.trimEnd()])
}

/** Throws `TYPE_NOT_THERE` when there is no such type, `TYPE_AMBIGUOUS` when several could be meant. */
function chosen(types: readonly AnyConversationType[], id: string | undefined): AnyConversationType {
  const ids = types.map((type) => type.id).join(", ")
  const [only, ...others] = id === undefined ? types : types.filter((type) => type.id === id)
  if (only === undefined) throw new ColloquyError("TYPE_NOT_THERE", `there is no type ${id ?? ""} but ${ids || "none"}`)
  if (others.length > 0) throw new ColloquyError("TYPE_AMBIGUOUS", `name one with --type: ${ids}`)
  return only
}

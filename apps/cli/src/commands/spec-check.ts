import { writeFileSync } from "node:fs"
import { relative, resolve } from "node:path"
import { checkDocument, type Mismatch, rewriteDocument, type Source } from "@colloquy/specification"
import { builtInTypes } from "colloquy"
import { documents } from "colloquy/documents"
import { reportPath, writeReport } from "../documents/evidence.js"
import { flowOf } from "../documents/flows.js"
import { loadModule } from "../documents/load-module.js"
import { type ProjectDocument, projectDocuments, readDocument } from "../documents/project-documents.js"
import { prove } from "../documents/prove.js"
import { readSources } from "../documents/read-sources.js"
import { ExitWith } from "../exit-with.js"
import { exitCodes } from "../failures.js"
import { jsonLine, printableLines } from "../output/printable.js"
import type { Settings } from "../settings.js"

interface SpecCheckOptions {
  readonly module?: readonly string[]
  readonly write?: true
}

/** Compares documents with the code, and ends with 1 where they differ. With `write` their generated sections are made anew first. */
export async function specCheck(
  { output }: Pick<Settings, "output">,
  files: readonly string[],
  { module = [], write }: SpecCheckOptions,
): Promise<void> {
  const loaded = await Promise.all(module.map(loadModule))
  const known = {
    types: [...loaded.flatMap(({ types }) => types), ...builtInTypes],
    facts: [...loaded.flatMap(({ facts }) => facts), ...documents],
  }
  const found = await Promise.all(projectDocuments(files, process.cwd(), known).map(withFlow))
  const sources = new Map<string, readonly Source[]>()
  const mismatches: Mismatch[] = []
  for (const declared of found) {
    const document = write === true ? await withEvidence(declared, output) : declared
    const { root, path, subject } = document
    if (write === true) await rewrite(document, output)
    const text = readDocument(document)
    if (!sources.has(root)) sources.set(root, readSources(root))
    const place = (file: string): string => relative(process.cwd(), resolve(root, file))
    for (const mismatch of checkDocument({ path, text, subject, sources: sources.get(root) ?? [] }))
      mismatches.push({ ...mismatch, file: place(mismatch.file) })
  }
  for (const mismatch of mismatches) {
    const { file, line, code, message } = mismatch
    if (output.json) await output.line(jsonLine(mismatch))
    else await output.line(printableLines(`${file}:${line}: ${code}: ${message}`).join("\n"))
  }
  const counted = `${found.length} document${found.length === 1 ? "" : "s"}`
  if (mismatches.length > 0) throw new ExitWith(exitCodes.failure)
  if (!output.json) await output.line(`${counted}: they say what the code says`)
}

/** A document that shows how people converse is compared with how they do. */
async function withFlow(document: ProjectDocument): Promise<ProjectDocument> {
  const { type } = document.subject
  if (type === undefined || !has(document, "flow")) return document
  const flow = await flowOf(type)
  return flow === undefined ? document : { ...document, subject: { ...document.subject, flow } }
}

/** A document that shows evidence gets it anew, by running and attacking its type. */
async function withEvidence(document: ProjectDocument, output: Settings["output"]): Promise<ProjectDocument> {
  const { type } = document.subject
  if (type === undefined || !has(document, "evidence")) return document
  await output.hint(`checking ${type.id} …`)
  const report = await prove(type, readDocument(document))
  if (report === undefined) return document
  writeReport(reportPath(document.file), report)
  return { ...document, subject: { ...document.subject, report } }
}

function has(document: ProjectDocument, section: string): boolean {
  return readDocument(document).split(/\r?\n/).includes(`<!-- generated: ${section} -->`)
}

async function rewrite(document: ProjectDocument, output: Settings["output"]): Promise<void> {
  const before = readDocument(document)
  const after = rewriteDocument(before, document.subject)
  if (after === before) return
  writeFileSync(document.file, after)
  await output.hint(`${document.path}: written`)
}

import { existsSync, readFileSync } from "node:fs"
import { join, resolve, sep } from "node:path"
import { type AnyConversationType, ColloquyError, type DocumentFacts } from "@colloquy/core"
import type { Subject } from "@colloquy/specification"
import { readReport, reportPath } from "./evidence.js"

/** A document on the disk, and what the code has of it. */
export interface ProjectDocument {
  /** From the root, with `/`. */
  readonly path: string
  /** The folder that the paths of declarations begin at. */
  readonly root: string
  readonly file: string
  readonly subject: Subject
}

export interface Known {
  readonly types: readonly AnyConversationType[]
  readonly facts: readonly DocumentFacts[]
}

/**
 * The documents that files name, or without files all that types and facts have under a folder. Throws `DOCUMENT_UNKNOWN` for a file that nothing
 * known is specified by, `DOCUMENT_MISSING` when there is none at all.
 */
export function projectDocuments(files: readonly string[], folder: string, known: Known): readonly ProjectDocument[] {
  const paths = new Set([
    ...known.facts.map(({ document }) => document),
    ...known.types.map(({ declaration }) => declaration.specification.document),
  ])
  if (files.length > 0) return files.map((file) => namedBy(resolve(file), file, paths, known))
  const found = [...paths].flatMap((path) => {
    const file = join(folder, path)
    return existsSync(file) ? [documentAt(path, file, known)] : []
  })
  if (found.length === 0)
    throw new ColloquyError(
      "DOCUMENT_MISSING",
      "none of the known types has its document here: name one, or a --module",
    )
  return found
}

function namedBy(file: string, given: string, paths: ReadonlySet<string>, known: Known): ProjectDocument {
  const path = [...paths].find((one) => file === one || file.endsWith(`${sep}${one.split("/").join(sep)}`))
  if (path === undefined)
    throw new ColloquyError("DOCUMENT_UNKNOWN", `no known type or protocol is specified by ${given}: name its --module`)
  if (!existsSync(file)) throw new ColloquyError("DOCUMENT_MISSING", `there is no file ${given}`)
  return documentAt(path, file, known)
}

function documentAt(path: string, file: string, { types, facts }: Known): ProjectDocument {
  const root = resolve(file, ...path.split("/").map(() => ".."))
  const type = types.find(({ declaration }) => declaration.specification.document === path)
  const said = facts.find(({ document }) => document === path)
  const report = type === undefined ? undefined : readReport(reportPath(file), type.id)
  const subject: Subject = {
    ...(type === undefined ? {} : { type }),
    ...(said === undefined ? {} : { facts: said }),
    ...(report === undefined ? {} : { report }),
  }
  return { path, root, file, subject }
}

export function readDocument({ file, path }: ProjectDocument): string {
  try {
    return readFileSync(file, "utf8")
  } catch (cause) {
    throw new ColloquyError("DOCUMENT_UNREADABLE", `${path} can't be read`, { cause })
  }
}

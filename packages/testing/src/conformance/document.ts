import { type AnyConversationType, type RequirementId, walkFrames } from "@colloquy/core"
import type { DocumentStatement } from "./rules.js"

/** What the text of a type's document shows about a rule; nothing for most, which the lint of documents looks into. */
export function documentSays(
  id: RequirementId,
  type: AnyConversationType,
  text: string,
): DocumentStatement | undefined {
  switch (id) {
    case "CT-7":
      return guarantees(type, text)
    case "CT-8":
      return frames(type, text)
    case "CT-10":
      return title(type, text)
    case "CT-11":
      return version(type, text)
    case "CT-12":
      return sections(text)
    default:
      return undefined
  }
}

/** Every declared frame is named in the document. */
function frames({ declaration }: AnyConversationType, text: string): DocumentStatement {
  const missing = [...walkFrames(declaration.frames)]
    .map(({ node }) => node.name)
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(text))
  return missing.length === 0
    ? { met: true, evidence: ["The document names every declared frame."] }
    : { met: false, evidence: [`The document does not name ${missing.join(", ")}.`] }
}

/** Every claimed guarantee is named in the document, with a hyphen or without. */
function guarantees({ declaration }: AnyConversationType, text: string): DocumentStatement | undefined {
  const claimed = (declaration.guarantees ?? []).map(({ name }) => name)
  if (claimed.length === 0) return undefined
  const missing = claimed.filter((name) => !new RegExp(`\\b${name.replaceAll("-", "[\\s-]+")}\\b`, "i").test(text))
  return missing.length === 0
    ? { met: true, evidence: ["The document names every claimed guarantee."] }
    : { met: false, evidence: [`The document does not name ${missing.join(", ")}.`] }
}

/** The version stands in the front matter, or in the text; a document without one is of version 1. */
function version({ name }: AnyConversationType, text: string): DocumentStatement {
  const found = /^version:\s*([0-9]+)\s*$/m.exec(text)?.[1] ?? /\bversion ([0-9]+)\b/i.exec(text)?.[1] ?? "1"
  return Number(found) === name.version
    ? { met: true, evidence: [`The document is of version ${found}.`] }
    : { met: false, evidence: [`The document is of version ${found}, the type of version ${name.version}.`] }
}

/** The title stands in the front matter or in the first heading. */
function title({ declaration }: AnyConversationType, text: string): DocumentStatement {
  const wanted = declaration.specification.title
  const found = /^title:\s*(.+?)\s*$/m.exec(text)?.[1]?.replace(/^["']|["']$/g, "") ?? /^#\s+(.+?)\s*$/m.exec(text)?.[1]
  if (found === undefined) return { met: false, evidence: ["The document has no title."] }
  return found.toUpperCase() === wanted.toUpperCase()
    ? { met: true, evidence: [`The document is titled ${found}.`] }
    : { met: false, evidence: [`The document is titled ${found}, the declaration says ${wanted}.`] }
}

/** What is open in a document can't be implemented from it. */
function sections(text: string): DocumentStatement {
  const open = [...text.matchAll(/\b(TODO|TBD|FIXME)\b/g)].length
  return open === 0
    ? { evidence: ["The document has no mark of something left open."] }
    : { met: false, evidence: [`The document has ${open} marks of something left open.`] }
}

import { expect, test } from "vitest"
import { PrivateV1 } from "colloquy"
import { documentSays } from "./document.js"

const frames = "PrivateV1Frame Content CarriedParcel Introductions Withdrawn Offer Invite"

test("CT-8: every declared frame stands in the document", () => {
  expect(documentSays("CT-8", PrivateV1, frames)?.met).toBe(true)
  const lacking = documentSays("CT-8", PrivateV1, frames.replace("Withdrawn", "Withdraw"))
  expect(lacking).toEqual({ met: false, evidence: ["The document does not name Withdrawn."] })
})

test("CT-7: every claimed guarantee stands in the document", () => {
  const names = (PrivateV1.declaration.guarantees ?? []).map(({ name }) => name)
  expect(documentSays("CT-7", PrivateV1, names.join(", "))?.met).toBe(true)
  expect(documentSays("CT-7", PrivateV1, names.join(", ").replaceAll("-", " ").toUpperCase())?.met).toBe(true)
  expect(documentSays("CT-7", PrivateV1, names.filter((name) => name !== "deniability").join(", "))?.evidence).toEqual([
    "The document does not name deniability.",
  ])
})

test("CT-10: the title stands in the front matter or the first heading", () => {
  for (const text of ["---\ntitle: PRIVATE\n---\n# Something", "---\ntitle: 'Private'\n---", "# PRIVATE\n"])
    expect(documentSays("CT-10", PrivateV1, text)?.met, text).toBe(true)
  for (const text of ["---\ntitle: INBOX\n---\n# PRIVATE", "# Private conversations\n", "no heading"])
    expect(documentSays("CT-10", PrivateV1, text)?.met, text).toBe(false)
})

test("CT-11: the version is the type's", () => {
  for (const text of ["version: 1\n", "Version 1 of it.", "nothing about it"])
    expect(documentSays("CT-11", PrivateV1, text)?.met, text).toBe(true)
  expect(documentSays("CT-11", PrivateV1, "---\nversion: 2\n---")?.met).toBe(false)
})

test("CT-12: what is left open can't be implemented, and the rest is for a person", () => {
  expect(documentSays("CT-12", PrivateV1, "All is said.")?.met).toBeUndefined()
  expect(documentSays("CT-12", PrivateV1, "TODO: the keys. TBD.")?.evidence).toEqual([
    "The document has 2 marks of something left open.",
  ])
})

test("of other rules the document's text shows nothing here", () => {
  expect(documentSays("CT-1", PrivateV1, "anything")).toBeUndefined()
})

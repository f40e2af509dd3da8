import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { codeOf } from "../errors.js"
import { parseTypeId, printTypeId, resolveTypeName } from "./type-id.js"

const letter = fc.constantFrom(..."abvz")
const word = fc
  .tuple(letter, fc.string({ unit: fc.constantFrom(..."abvz019"), maxLength: 5 }))
  .map((parts) => parts.join(""))
const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join("-"))
const typeName = fc
  .record({ name, version: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 999_999 })) })
  .filter((value) => !/(^|-)v[0-9]+$/.test(value.name))

describe("a type's identifier", () => {
  it("CT-10: printing and parsing are inverse", () => {
    fc.assert(
      fc.property(typeName, (value) => {
        const id = printTypeId(value)
        expect(parseTypeId(id)).toEqual({ ...value, id })
      }),
      { seed: 1, numRuns: 5000 },
    )
  })

  it("CT-10: two names never print alike", () => {
    fc.assert(
      fc.property(typeName, typeName, (a, b) => {
        const isSame = a.name === b.name && a.version === b.version
        expect(printTypeId(a) === printTypeId(b)).toBe(isSame)
      }),
      { seed: 2, numRuns: 5000 },
    )
  })

  it("CT-10: what is parsed prints as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ABVabv019-"), maxLength: 8 }), (text) => {
        const parsed = parseTypeId(text)
        if (parsed !== undefined) expect(printTypeId(parsed)).toBe(text)
      }),
      { seed: 3, numRuns: 20_000 },
    )
  })

  it.each([
    ["private", 1, "PrivateV1"],
    ["group", 12, "GroupV12"],
    ["reading-circle", 2, "ReadingCircleV2"],
    ["a-b-c", 1, "ABCV1"],
    ["av", 1, "AvV1"],
    ["a-v", 1, "AVV1"],
    ["mls10", 999_999, "Mls10V999999"],
  ])("CT-10: %s, version %i, is %s", (name, version, id) => {
    expect(printTypeId({ name, version })).toBe(id)
    expect(parseTypeId(id)).toEqual({ name, version, id })
  })

  it.each([
    "",
    "V1",
    "private",
    "PrivateV",
    "PrivateV0",
    "PrivateV01",
    "PrivateV1000000",
    "privateV1",
    "Private-V1",
    "PrivatéV1",
    "PrivateV1 ",
    "PrivateV1\n",
    "AV1V1",
  ])("CT-10: %j is none", (text) => {
    expect(parseTypeId(text)).toBeUndefined()
  })

  it.each<[string, number]>([
    ["", 1],
    ["Private", 1],
    ["a--b", 1],
    ["a-1", 1],
    ["1a", 1],
    ["a_b", 1],
    ["v1", 1],
    ["a-v2", 1],
    ["x".repeat(49), 1],
    ["private", 0],
    ["private", 1.5],
    ["private", 1_000_000],
    ["private", Number.NaN],
  ])("CT-10: %j, version %d, prints none", (name, version) => {
    expect(codeOf(thrown(() => printTypeId({ name, version })))).toBe("BAD_TYPE_ID")
  })
})

describe("a type's name", () => {
  it.each([
    ["PRIVATE1", "privatev1.md", undefined, "PrivateV1"],
    ["INBOX", "inbox.md", undefined, "InboxV1"],
    ["PRIVATE-V2", "specs/private-v2.md", undefined, "PrivateV2"],
    ["Private V2", "private.md", undefined, "PrivateV2"],
    ["GROUP", "group.md", 3, "GroupV3"],
    ["Reading Circle", "reading-circle.md", undefined, "ReadingCircleV1"],
    ["READING_CIRCLE", "Reading_Circle_V2.md", 2, "ReadingCircleV2"],
  ])("CT-11: titled %s in %s, version %s, is %s without a warning", (title, document, version, id) => {
    const resolved = resolveTypeName({ title, document, ...(version === undefined ? {} : { version }) })
    expect(printTypeId(resolved)).toBe(id)
    expect(resolved.warnings).toEqual([])
  })

  it.each([
    ["PRIVATE2", "privatev1.md", undefined, "PrivateV1", 1],
    ["PRIVATE1", "privatev1.md", 2, "PrivateV2", 2],
    ["INBOX", "outbox.md", undefined, "OutboxV1", 1],
    ["GROUP", "groupv1.md", 2, "GroupV2", 1],
    ["GROUPS2", "groupv1.md", 3, "GroupV3", 3],
  ])("CT-11: titled %s in %s, version %s, is %s with %i warnings", (title, document, version, id, warnings) => {
    const resolved = resolveTypeName({ title, document, ...(version === undefined ? {} : { version }) })
    expect(printTypeId(resolved)).toBe(id)
    expect(resolved.warnings).toHaveLength(warnings)
  })
})

function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

import { type DecodedFrame, equalBytes, type FrameTree, toHex, walkFrames } from "@colloquy/core"
import fc, { type Arbitrary } from "fast-check"
import { SeededRandom } from "../../laboratory/seeded-random.js"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { frameNameOf, framesOf } from "./arbitrary-frames.js"
import { isSame } from "./same.js"
import { type WireForm, type WireFormKind, wireForms, wireFormKinds } from "./wire-forms.js"

const runs = 300

/** CT-8, CT-9: reading and writing along the declared tree. */
export const frameChecks: readonly Check[] = [
  withFrames(
    "CT-9.round-trip",
    "what was encoded decodes to the same frame, and encodes to the same bytes",
    (tree) => (frame) => {
      const bytes = tree.encode(frame)
      const decoded = tree.decode(bytes)
      if (decoded.kind !== "frame") return `a frame of its own is ${describe(decoded)}`
      if (!isSame(decoded.frame, frame)) return "a frame decodes to another frame"
      return equalBytes(tree.encode(decoded.frame), bytes) ? undefined : "a decoded frame encodes to other bytes"
    },
  ),
  withFrames(
    "CT-9.truncated",
    "the beginning of an encoding is refused, or is an encoding of its own",
    (tree) => (frame) => {
      const bytes = tree.encode(frame)
      for (let length = 0; length < bytes.length; length++) {
        const finding = strayFinding(tree, bytes.subarray(0, length))
        if (finding !== undefined) return `after ${length} of ${bytes.length} bytes, ${finding}`
      }
      return undefined
    },
  ),
  withFrames(
    "CT-9.trailing",
    "bytes behind an encoding are refused, or belong to an encoding of their own",
    (tree, random) => (frame) => {
      const bytes = tree.encode(frame)
      for (const more of [Uint8Array.of(0), Uint8Array.of(0xff), random.draw(1), random.draw(7)]) {
        const longer = new Uint8Array(bytes.length + more.length)
        longer.set(bytes)
        longer.set(more, bytes.length)
        const finding = strayFinding(tree, longer)
        if (finding !== undefined) return `with ${more.length} bytes more, ${finding}`
      }
      return undefined
    },
  ),
  withFrames(
    "CT-9.flipped",
    "an encoding with another bit is refused, or is an encoding of its own",
    (tree) => (frame) => {
      const bytes = tree.encode(frame).slice()
      for (let bit = 0; bit < Math.min(bytes.length, 64) * 8; bit++) {
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        const finding = strayFinding(tree, bytes)
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        if (finding !== undefined) return `with bit ${bit} flipped, ${finding}`
      }
      return undefined
    },
  ),
  withFrames(
    "CT-9.own-buffers",
    "what is decoded does not change when its bytes are overwritten",
    (tree) => (frame) => {
      const bytes = tree.encode(frame).slice()
      const decoded = tree.decode(bytes)
      if (decoded.kind !== "frame") return "a frame of its own is refused"
      const before = tree.encode(decoded.frame).slice()
      bytes.fill(0)
      return equalBytes(tree.encode(decoded.frame), before)
        ? undefined
        : "a decoded frame changes with the bytes it came from"
    },
  ),
  ...wireFormKinds.map(wireFormCheck),
  {
    id: "CT-9.random",
    proves: "CT-9",
    title: "random bytes are refused, reported as unknown, or the one encoding of a frame",
    async run({ type, crypto, seed }) {
      const tree = type.declaration.frames
      const random = SeededRandom.of(crypto, "random frames", String(seed))
      const tries = 5000
      for (let made = 0; made < tries; made++) {
        const bytes = random.draw(made % 97)
        // Half of them begin as many frames do.
        if (made % 2 === 0 && bytes.length > 1) bytes.set([(made >> 1) & 127, bytes.length - 2])
        const finding = strayFinding(tree, bytes)
        if (finding !== undefined) return { verdict: "broken", finding: `${toHex(bytes)}: ${finding}` }
      }
      return { verdict: "held", tries }
    },
  },
  {
    id: "CT-8.reachable",
    proves: "CT-8",
    title: "every declared frame can be written and read",
    run: reachable,
  },
]

/** Bytes from anywhere: never an exception, never a second encoding of a frame, never unknown by a declared tag. */
function strayFinding(tree: FrameTree, bytes: Uint8Array): string | undefined {
  let decoded: DecodedFrame<unknown>
  try {
    decoded = tree.decode(bytes)
  } catch (error) {
    return `decoding throws: ${error instanceof Error ? error.message : "something"}`
  }
  switch (decoded.kind) {
    case "refused":
      return undefined
    case "unknown": {
      const { tag } = decoded
      return tree.root.children.some((child) => child.tag === tag) ? `a declared frame, ${tag}, is unknown` : undefined
    }
    case "frame":
      return equalBytes(tree.encode(decoded.frame), bytes)
        ? undefined
        : "they decode to a frame whose encoding is another"
  }
}

/** A property of every frame that can be generated. It answers with what is wrong. */
function withFrames(
  id: string,
  title: string,
  property: (tree: FrameTree, random: SeededRandom) => (frame: unknown) => string | undefined,
): Check {
  return {
    id,
    proves: "CT-9",
    title,
    async run(context) {
      const tree = context.type.declaration.frames
      const frames = framesOf(tree, context.fixture)
      if (frames === undefined) return noFrames
      const random = SeededRandom.of(context.crypto, id, String(context.seed))
      return tryFrames(context, frames, property(tree, random))
    },
  }
}

const noFrames: CheckResult = {
  verdict: "review",
  question: "the encoding is the type's own and the fixture brings no frames: does each frame have one encoding?",
}

function wireFormCheck(kind: WireFormKind): Check {
  const titles: Readonly<Record<WireFormKind, string>> = {
    "duplicate-fields": "a singular field that stands twice is refused, at every depth",
    "two-choices": "two members of one choice are refused, at every depth",
    "non-minimal-varints": "numbers in more bytes than they need are refused, at every depth",
    "field-order": "fields in another order are refused, at every depth",
    "undeclared-fields": "a field that is not declared is never passed over in silence, at any depth",
    "default-values": "a field without presence that has its default value is refused, at every depth",
  }
  return {
    id: `CT-9.${kind}`,
    proves: "CT-9",
    title: titles[kind],
    async run(context) {
      const tree = context.type.declaration.frames
      const { schema } = tree
      if (schema === undefined)
        return {
          verdict: "not-applicable",
          reason: `${tree.encoding} has no such forms; its encodings were changed byte by byte`,
        }
      const frames = framesOf(tree, context.fixture) as Arbitrary<unknown>
      let tries = 0
      const result = await tryFrames(context, frames, (frame) => {
        for (const form of wireForms(schema, tree.encode(frame))) {
          if (form.kind !== kind) continue
          tries++
          const finding = formFinding(tree, form)
          if (finding !== undefined) return finding
        }
        return undefined
      })
      if (result.verdict !== "held") return result
      return tries > 0 ? { verdict: "held", tries } : { verdict: "not-applicable", reason: "no frame has such a form" }
    },
  }
}

/** A form that means the same as another is no frame. At the root an undeclared member of the choice may be reported instead. */
function formFinding(tree: FrameTree, { kind, where, bytes }: WireForm): string | undefined {
  const decoded = tree.decode(bytes)
  return decoded.kind === "frame" ? `${kind} at ${where} decode to a frame` : undefined
}

/** The first finding among generated frames, shrunk. */
async function tryFrames(
  { seed }: Pick<CheckContext, "seed">,
  frames: Arbitrary<unknown>,
  finding: (frame: unknown) => string | undefined,
): Promise<CheckResult> {
  let last = ""
  const checked = fc.check(
    fc.property(frames, (frame) => {
      const found = finding(frame)
      if (found !== undefined) last = found
      return found === undefined
    }),
    { seed, numRuns: runs },
  )
  if (!checked.failed) return { verdict: "held", tries: checked.numRuns }
  const thrown = checked.errorInstance instanceof Error ? checked.errorInstance.message : ""
  const example = fc.stringify(checked.counterexample?.[0]).slice(0, 200)
  return { verdict: "broken", finding: `${last === "" ? thrown : last}; the frame is ${example}`, facts: { seed } }
}

async function reachable(context: CheckContext): Promise<CheckResult> {
  const { type, fixture, seed } = context
  const tree = type.declaration.frames
  const frames = framesOf(tree, fixture)
  if (frames === undefined) return noFrames
  // Those that are chosen: a frame above others is never there alone.
  const wanted = new Set(
    [...walkFrames(tree)].filter(({ node }) => node.children.length === 0).map(({ node }) => node.name),
  )
  const written = new Set<string>()
  for (const frame of fc.sample(frames, { seed, numRuns: runs * 2 })) {
    const decoded = tree.decode(tree.encode(frame))
    const name = decoded.kind === "frame" ? frameNameOf(tree, decoded.frame, fixture) : undefined
    if (name !== undefined && wanted.has(name)) written.add(name)
    else if (name !== undefined)
      return { verdict: "broken", finding: `a frame is called ${name}, which the tree does not declare` }
  }
  const missing = [...wanted].filter((name) => !written.has(name))
  return missing.length === 0
    ? { verdict: "held", tries: runs * 2, facts: { frames: wanted.size } }
    : { verdict: "broken", finding: `no frame was made of ${missing.join(", ")}` }
}

function describe(decoded: DecodedFrame<unknown>): string {
  return decoded.kind === "refused" ? `refused with ${decoded.code}` : decoded.kind
}

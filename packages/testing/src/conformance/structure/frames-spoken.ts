import { type FrameTree, walkFrames } from "@colloquy/core"
import type { Check, CheckContext, CheckResult } from "../check.js"
import { frameNameOf } from "./arbitrary-frames.js"
import { watchFrames } from "./frame-spy.js"
import { faultOf, hasHeard, listeners, rehearse, utter, speakersOf } from "./rehearsal.js"
import { undeclaredFrame } from "./wire-forms.js"

/** CT-8, CT-9, CT-2: what a conversation says is what the tree declares. */
export const spokenFrameChecks: readonly Check[] = [
  {
    id: "CT-8.spoken",
    proves: "CT-8",
    title: "what a conversation writes and reads are declared frames",
    run: spoken,
  },
  {
    id: "CT-9.unknown-frames",
    proves: "CT-9",
    title: "an authentic frame that is not declared is reported and harmless: the conversation goes on",
    run: unknown,
  },
]

async function spoken(context: CheckContext): Promise<CheckResult> {
  const { type, fixture } = context
  const tree = type.declaration.frames
  const [written, read] = [new Set<string>(), new Set<string>()]
  let tries = 0
  let stray: string | undefined
  await watchFrames(
    type,
    {
      encoded(frame, bytes) {
        tries++
        written.add(frameNameOf(tree, frame, fixture) ?? "?")
        return bytes
      },
      decoded(_, result) {
        if (result.kind === "frame") read.add(frameNameOf(tree, result.frame, fixture) ?? "?")
        else stray ??= result.kind === "refused" ? `refused with ${result.code}` : `unknown, ${result.tag}`
      },
    },
    async () => void (await rehearse(context, { afterMs: 7 * 24 * 3_600_000 })),
  )
  if (tries === 0)
    return {
      verdict: "review",
      question: "the machine does not use the declared tree where it can be watched: is what it sends in it?",
    }
  const declared = [...walkFrames(tree)].map(({ node }) => node.name)
  const undeclared = [...written, ...read].find((name) => !declared.includes(name))
  if (undeclared !== undefined)
    return { verdict: "broken", finding: `a conversation says ${undeclared}, which is not declared` }
  if (stray !== undefined) return { verdict: "broken", finding: `a frame of a peer who runs the same type is ${stray}` }
  const unheard = [...written].filter((name) => !read.has(name))
  if (unheard.length > 0) return { verdict: "broken", finding: `${unheard.join(", ")} was written, and nobody read it` }
  return { verdict: "held", tries, facts: { spoken: [...written].sort().join(" ") } }
}

/** The sender is made to write an undeclared frame where he would write his own: with all keys, so that it authenticates. */
async function unknown(context: CheckContext): Promise<CheckResult> {
  const { type } = context
  const foreign = foreignFrame(type.declaration.frames)
  if (foreign === undefined)
    return { verdict: "not-applicable", reason: "no bytes were found that the tree reports as unknown" }
  const established = await context.establish({ record: false })
  const { laboratory, people } = established
  const [speaker] = speakersOf(context, established)
  if (speaker === undefined) return { verdict: "not-applicable", reason: "there is nobody to say anything" }
  let replaced = 0
  await watchFrames(type, { encoded: () => (replaced++, foreign.bytes.slice()) }, async () => {
    await utter(context, established, speaker, "unknown")
  })
  if (replaced === 0)
    return {
      verdict: "review",
      question: "the machine does not use the declared tree where it can be watched: are unknown frames harmless?",
    }
  const marks = people.map(({ reactions, delivered }) => ({ reactions: reactions.length, delivered: delivered.length }))
  await laboratory.settle()
  for (const [index, person] of people.entries()) {
    if (person === speaker) continue
    const mark = marks[index] as (typeof marks)[number]
    if (person.delivered.length > mark.delivered)
      return { verdict: "broken", finding: `${person.name} was told content that nobody said` }
    const reactions = person.reactions.slice(mark.reactions).filter((reaction) => reaction.type === type.id)
    const isReported = reactions.some(
      ({ outcome }) =>
        outcome.kind === "next" &&
        outcome.effects.some((effect) => effect.kind === "unknown-frame" && effect.tag === foreign.tag),
    )
    if (!isReported)
      return { verdict: "broken", finding: `${person.name} was not told of the unknown frame ${foreign.tag}` }
  }
  let fault = faultOf(laboratory)
  for (const by of speakersOf(context, established)) {
    const { content } = await utter(context, established, by, "after")
    await laboratory.settle()
    for (const person of listeners(established, by))
      if (!hasHeard(person, content)) fault ??= `after it, ${person.name} does not hear ${by.name} any more`
  }
  return fault === undefined ? { verdict: "held", tries: replaced } : { verdict: "broken", finding: fault }
}

/** Bytes that the tree reports as unknown. */
function foreignFrame(tree: FrameTree): { readonly tag: number; readonly bytes: Uint8Array } | undefined {
  if (tree.schema !== undefined) return undeclaredFrame(tree.schema)
  for (const length of [1, 2, 4, 8])
    for (let first = 0; first < 256; first++) {
      const bytes = new Uint8Array(length)
      bytes[0] = first
      const decoded = tree.decode(bytes)
      if (decoded.kind === "unknown") return { tag: decoded.tag, bytes }
    }
  return undefined
}

import type { RequirementId } from "@colloquy/core"
import type { CheckContext } from "../checks/check.js"
import { passagesLeftOpen } from "../checks/check-left-open.js"
import { isUnwritten } from "../checks/unwritten.js"
import { excerpt } from "../words.js"
import { declaredLine, type Evidence, lineOf, lineSaying, sectionNamed } from "./evidence.js"
import { unmet, verdict } from "./verdict.js"

interface Subject {
  readonly id: RequirementId
  readonly mention: RegExp
  /** Says which, or how. */
  readonly defined: RegExp
  /** The heading of a section that need not name it again. */
  readonly section: RegExp
  /** A passage that leaves the very thing to others. */
  readonly open: RegExp
  readonly met: string
  readonly unnamed: string
  readonly undefinedYet: string
  readonly leftOpen: string
}

/** “How this occurs is out of scope” leaves open what the sentences before it name. */
const refersBack = /^(?:how |where |when )?(?:this|it|that|these|they)\b/i

const derivation = /\b(?:defined|computed|calculated|derived|generated) (?:as|from|by|using|with)\b|\S\s*:?=\s*\S/i

const addresses: Subject = {
  id: "CT-4",
  mention: /\bcontent[- _]?topics?\b|\bdelivery[- _]address(?:es)?\b|\btopics?\b/i,
  defined:
    /\/[a-z][\w-]*\/[\w-]+\/[^\s/`]+\/[a-z]+\b|\b(?:topics?|contentTopic|delivery[- _]address(?:es)?)(?: of [^.]{0,40})? ?(?:=|:=|(?:is|are|MUST be) (?:the |an? |one )?(?:[/`"]|(?:computed|calculated|derived|made|generated|assigned|defined|static|secret|set)\b|one of\b))|\b(?:publish\w*|sent|goes?|go|listen\w*|subscrib\w*) (?:\w+ ){0,3}(?:on|to) (?:the|its|his|her|this|that|one|a) (?:\w+ ){0,4}(?:topic|delivery[- _]address) (?:that|which|of|derived|as)\b/i,
  section: /\b(?:content )?topics?\b|\bdelivery[- _]address/i,
  open: /\b(?:address|topic|deliver\w*|rout\w+|sent and received|how payloads|transport)\b/i,
  met: "says which topics are valid",
  unnamed: "nothing says on which content topics or delivery addresses its payloads are received",
  undefinedYet: "the address of payloads is named, and nothing says which addresses are valid or how one is derived",
  leftOpen: "which addresses payloads are sent to and received on is left to others",
}

const ids: Subject = {
  id: "CT-5",
  mention: /\bconvo(?:ersation)?[- _]?ids?\b|\bconversation[- _]?id(?:entifier)?s?\b|\bconversation identifiers?\b/i,
  defined:
    /\bconversation[- _]?id(?:entifier)?s?\b(?: of [^.]{0,40})? ?(?:=|:=|:(?= ?[/\w])|(?:is|are|MUST be) (?:the |an? )?(?:[/`"(\d]|(?:computed|calculated|derived|made|generated|hash\w*|defined|random\w*|first|last|lower|upper|sha|blake|B2b|UUID|truncat\w+|concat\w+|keyed|that of|equal|set)\b))|\bid\b[^.]{0,30}\bconversation id is made from\b|\b(?:computes?|derives?|generates?|makes?|hash(?:es)?) (?:an?|the|its|their) conversation[- _]?ids?\b/i,
  section: /\bconversation[- _]?id(?:entifier)?s?\b/i,
  open: /\bidentifiers?\b|\bderivation\b|\bconversation[- _]?ids?\b/i,
  met: "says how conversation ids are made",
  unnamed: "nothing says how conversation ids are generated",
  undefinedYet: "conversation ids are used, and nothing says how one is generated",
  leftOpen: "how conversation ids are generated is left to others",
}

/** What keeps ids apart: a hash, randomness, a discriminator. */
const apart =
  /\b(?:hash\w*(?! of (?:the |its )?conversation)|blake2[bs]\w*|B2b|SHA[-\d]*|UUID|random\w*|discriminator|collision[- ]resist\w+)\b[^.]{0,160}\b(?:ids?|identifiers?|conversation_id)\b|\b(?:ids?|identifiers?|conversation_id)\b[^.]{0,160}(?:\b(?:hash\w*|B2b|SHA[-\d]*|UUID|random\w*|discriminator)\b|blake2[bs])/i
const unique =
  /\b(?:unique\w*|collisions?|conflicts?|distinct)\b[^.]{0,120}\b(?:ids?|identifiers?|conversations?)\b|\b(?:ids?|identifiers?|conversation_id)\b[^.]{0,120}\b(?:unique\w*|collisions?|conflicts?|distinct)\b/i

/** CT-4. CT-15 is judged on its own. */
export function checkAddresses(all: readonly Evidence[], context: CheckContext): void {
  checkSubject(addresses, all, context)
}

/** CT-5, and CT-13, which says nothing new where there is no way to make ids. */
export function checkIds(all: readonly Evidence[], context: CheckContext): void {
  const isMet = checkSubject(ids, all, context)
  const made = declaredLine("CT-13", context.document) ?? lineSaying(all, apart)
  const asked = lineOf(all, unique)
  if (!isMet) {
    verdict(
      context,
      "CT-13",
      "unmet",
      "without a way to make ids there is none to keep them apart",
      placeOf(context).line,
    )
  } else if (made !== undefined) verdict(context, "CT-13", "met", "says why ids do not conflict", made)
  else if (asked !== undefined)
    verdict(context, "CT-13", "review", "ids are to be unique; a reader has to see what makes them so", asked)
  else
    unmet(
      context,
      "CT-13",
      "nothing says why ids never conflict: a name, a version and 128 bits of hash or randomness",
      placeOf(context),
    )
}

function checkSubject(subject: Subject, all: readonly Evidence[], context: CheckContext): boolean {
  const { id, mention, defined, open, section: named, met, unnamed, undefinedYet, leftOpen } = subject
  const left = passagesLeftOpen(context.document).find(
    ({ sentence, prose, index }) =>
      open.test(sentence) || (refersBack.test(sentence) && mention.test(prose.text.slice(0, index))),
  )
  const inSection = all.filter(({ prose }) => named.test(prose.section.heading))
  const said = lineOf(all, defined) ?? codeLine(defined, context) ?? lineOf(inSection, derivation)
  const line = said ?? declaredLine(id, context.document)
  if (line !== undefined) {
    verdict(context, id, "met", met, line)
    return true
  }
  const section = id === "CT-4" ? sectionNamed(context.document, /\btopics?\b/i) : undefined
  if (section !== undefined && left === undefined && !isUnwritten(section, context.document)) {
    verdict(context, id, "review", "a section is about topics; a reader has to see which are valid", section.line)
    return true
  }
  if (left !== undefined) unmet(context, id, `${leftOpen}: “${excerpt(left.sentence, 100)}”`, left.prose.at(left.index))
  else {
    const first = all.find(({ sentence }) => mention.test(sentence.text))
    if (first === undefined) unmet(context, id, unnamed, placeOf(context))
    else
      unmet(
        context,
        id,
        undefinedYet,
        first.prose.at(first.sentence.index + (mention.exec(first.sentence.text)?.index ?? 0)),
      )
  }
  return false
}

/** In formulas, which stand in blocks of code. */
function codeLine(pattern: RegExp, { document, definitions }: CheckContext): number | undefined {
  const blocks = document.code.filter(
    (block) => block.language !== "mermaid" && !definitions.blocks.some((one) => one.block === block),
  )
  for (const block of blocks) {
    const match = pattern.exec(block.text)
    if (match !== null) return block.at(match.index).line
  }
  return undefined
}

function placeOf({ document }: CheckContext): { readonly line: number; readonly column: number } {
  const { line, column } = document.title ?? { line: 1, column: 1 }
  return { line, column }
}

import type { CheckContext } from "../checks/check.js"
import { isUnwritten } from "../checks/unwritten.js"
import { withAbove } from "../document/read-sections.js"
import { excerpt } from "../words.js"
import { checkFrames, isSchema } from "./check-frames.js"
import { checkGuarantees } from "./check-guarantees.js"
import { checkAddresses, checkIds } from "./check-places.js"
import { declaredLine, type Evidence, lineOf, lineSaying, statements } from "./evidence.js"
import { type ProseRule, proseRules } from "./rules.js"
import { homeOf, unmet, verdict } from "./verdict.js"

/** CT-1 to CT-17 but the names, CT-10 and CT-11, and CT-12, which follows from all findings. */
export function checkTypeRules(context: CheckContext): void {
  const all = statements(context.document)
  for (const rule of proseRules) checkRule(rule, all, context)
  checkFrames(context)
  checkAddresses(all, context)
  checkIds(all, context)
  checkGuarantees(all, context)
}

function checkRule(rule: ProseRule, all: readonly Evidence[], context: CheckContext): void {
  const { document } = context
  const { id, heading, met, missing, review, home } = rule
  const named = document.sections.filter((section) => heading.test(section.heading))
  const empty = named.filter((section) => isUnwritten(section, document))
  const [first] = empty
  if (first !== undefined) {
    const names = empty.map((section) => `“${excerpt(section.heading, 40)}”`).join(" and ")
    // The sections have their finding already.
    verdict(context, id, "unmet", `${names} ${empty.length === 1 ? "is" : "are"} not written yet`, first.line)
    return
  }
  const line = lineMeeting(rule, all, context)
  if (line !== undefined) {
    verdict(context, id, "met", met, line)
    return
  }
  const hint = hintOf(rule, all, context) ?? named[0]?.line
  if (hint !== undefined) verdict(context, id, "review", review, hint)
  else unmet(context, id, missing, homeOf(context, home))
}

function lineMeeting(
  { id, said, within, isDeniable }: ProseRule,
  all: readonly Evidence[],
  context: CheckContext,
): number | undefined {
  if (id === "CT-3") {
    const block =
      context.definitions.blocks[0]?.block ?? context.document.code.find(({ language }) => isSchema(language))
    if (block !== undefined) return block.line
  }
  const inSection =
    within === undefined
      ? []
      : all.filter(({ prose }) => withAbove(prose.section).some((section) => within.heading.test(section.heading)))
  const find = isDeniable === true ? lineOf : lineSaying
  const line = find(all, said) ?? (within === undefined ? undefined : find(inSection, within.said))
  return line ?? declaredLine(id, context.document)
}

function hintOf(
  { id, said, hinted }: ProseRule,
  all: readonly Evidence[],
  { document }: CheckContext,
): number | undefined {
  // A drawing of the tree shows where things are, not what is refused.
  const drawing =
    id !== "CT-9"
      ? undefined
      : document.code.find(
          ({ language, text, section }) =>
            language === "mermaid" &&
            /^\s*(?:flowchart|graph)\b/.test(text) &&
            /fram|pars|decod|payload|wire/i.test(section.heading),
        )
  return lineOf(all, hinted) ?? drawing?.line ?? lineOf(all, said)
}

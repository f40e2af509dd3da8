import { excerpt, nearest } from "../words.js"
import type { CheckContext } from "./check.js"

const headings = /\bremove this section\b|^\(info\b|^\(further optional sections\)$/i
const sentences =
  /^(a list of (additional )?references( that MUST be read.*)?\.?$|this section (contains meta info about writing|serves as an introduction providing background)|an \*?implementation suggestions\*? section may provide)/i
const values = /\(standards track\|informational|raw\/draft\/|an optional list of tags/i

const categories = ["Standards Track", "Informational", "Best Current Practice"]

/** Instructions of the template that nobody took out, and front matter that nobody filled in. */
export function checkTemplate({ document, report }: CheckContext): void {
  for (const section of document.sections) {
    if (headings.test(section.heading))
      report("template-leftover", section, `“${excerpt(section.heading)}” is the template's: remove the section`)
    else if (/\(optional\)$/i.test(section.heading))
      report("template-leftover", section, `“(optional)” in a heading is the template's: remove the word`, "note")
  }
  for (const prose of document.prose)
    if (prose.kind === "paragraph" && sentences.test(prose.text))
      report("template-leftover", prose, `“${excerpt(prose.text)}” is the template's: write the section, or remove it`)
  const { fields, problems, form } = document.frontMatter
  for (const { message, ...place } of problems) report("front-matter", place, `the front matter: ${message}`, "error")
  for (const [name, field] of fields) {
    if (values.test(field.value))
      report("template-leftover", field, `\`${excerpt(name, 40)}\` still lists the choices of the template: choose one`)
    else if (name === "category" && form === "yaml" && categoryMeant(field.value) !== undefined)
      report(
        "front-matter",
        field,
        `\`category\` is “${excerpt(field.value, 40)}”: did you mean ${categoryMeant(field.value)}?`,
      )
    else if (field.value === "" && form !== "none" && /^(title|name|status|category|editor|slug)$/.test(name))
      report("front-matter", field, `\`${name}\` is empty: fill it in, or remove it`)
  }
}

/** The template's word that an author nearly wrote. Other series have words of their own. */
function categoryMeant(value: string): string | undefined {
  const isOne = categories.some((category) => category.toLowerCase() === value.toLowerCase())
  return isOne || value === "" ? undefined : nearest(value, categories)
}

import { ColloquyError, printTypeId, type TypeId } from "@colloquy/core"
import { builtInTypes } from "colloquy"

/** How a new type's name is written in each place. */
export interface TypeWords {
  readonly id: TypeId
  /** `reading-circle`: files, topics, conversation ids. */
  readonly name: string
  /** `ReadingCircle`. */
  readonly pascal: string
  /** `readingCircle`. */
  readonly camel: string
  /** `READING CIRCLE`. */
  readonly title: string
  /** `RE1`: stands before the numbers of its rules. */
  readonly rules: string
}

/** Throws `BAD_TYPE_ID` for what is no name of a type, `TYPE_TAKEN` for one that the framework has. */
export function typeWords(name: string): TypeWords {
  const id = printTypeId({ name, version: 1 })
  const taken = builtInTypes.some((type) => type.name.name === name)
  if (taken) throw new ColloquyError("TYPE_TAKEN", `there is a type of this name: ${id}`)
  const pascal = id.slice(0, -"V1".length)
  const letters = name.replace(/[^a-z]/g, "").toUpperCase()
  return {
    id,
    name,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    title: name.replaceAll("-", " ").toUpperCase(),
    rules: `${letters.slice(0, 2)}1`,
  }
}

/** A text of the template, which calls the type Sketch, in the words of another one. */
export function inWords(text: string, { name, pascal, camel, title, rules }: TypeWords): string {
  return text
    .replaceAll("SKETCH", title)
    .replaceAll("Sketch", pascal)
    .replace(/sketch(?=[A-Z])/g, camel)
    .replaceAll("sketch", name)
    .replace(/\bSK1\b/g, rules)
}

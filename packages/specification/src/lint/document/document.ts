import type { Nodes, Root } from "mdast"
import type { Place } from "../report.js"
import type { FrontMatter } from "./front-matter.js"

/** A document as the checks see it: what a reader reads, each piece with its place. */
export interface SpecificationDocument {
  readonly path: string
  readonly source: string
  readonly root: Root
  readonly frontMatter: FrontMatter
  readonly title: Titled | undefined
  /** In order; without the heading that is the title. */
  readonly sections: readonly Section[]
  /** What stands before the first section, or the whole where there is none. */
  readonly preamble: Section
  /** Paragraphs, headings and cells, in order. */
  readonly prose: readonly Prose[]
  readonly code: readonly CodeBlock[]
  readonly html: readonly Located[]
  place(offset: number): Place
}

export interface Titled extends Place {
  readonly text: string
}

export interface Located {
  readonly text: string
  /** The place of a character of the text. */
  at(index: number): Place
}

export interface Section extends Place {
  readonly heading: string
  /** Of the heading, 1 to 6; 0 for what stands before the first one. */
  readonly level: number
  readonly parent: Section | undefined
  readonly children: Section[]
  /** The nodes directly in it, without those of the sections below. */
  readonly content: Nodes[]
}

/** Inline text as it is read, marks of Markdown taken away. */
export interface Prose extends Located, Place {
  /** Where a character of the text stands in the source. */
  offsetOf(index: number): number
  readonly kind: "heading" | "paragraph" | "cell"
  readonly section: Section
  /** Parts that are set as code or are the text of a link, as indexes into the text. */
  readonly spans: readonly Span[]
  /** Whether it begins a list item. */
  readonly startsItem: boolean
  /** Of a table's cell, from 0; row 0 is the header. */
  readonly cell?: { readonly row: number; readonly column: number; readonly header: readonly string[] }
}

export interface Span {
  readonly kind: "code" | "link" | "strong"
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface CodeBlock extends Located, Place {
  /** Lower-case; empty where none is given. */
  readonly language: string
  readonly section: Section
}

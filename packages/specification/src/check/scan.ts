/** A fenced block with the number of its first line of content. */
export interface FencedBlock {
  readonly language: string
  readonly line: number
  readonly text: string
}

/** A generated section: the numbers of the lines of its markers, and what stands between them. */
export interface GeneratedSection {
  readonly name: string
  readonly from: number
  /** `undefined`: there is no end. */
  readonly to: number | undefined
  readonly text: string
}

/** What `check` reads of a document. Line numbers begin at 1. */
export interface Scan {
  readonly lines: readonly string[]
  readonly blocks: readonly FencedBlock[]
  readonly generated: readonly GeneratedSection[]
  /** Whether a line is the author's own prose: not in a fence, not generated, not front matter. */
  isProse(line: number): boolean
}

const fencePattern = /^\s*(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/
const beginPattern = /^<!-- generated: (.+) -->$/
const endPattern = /^<!-- end -->$/

export function scan(document: string): Scan {
  const lines = document.split(/\r?\n/)
  const blocks: FencedBlock[] = []
  const generated: GeneratedSection[] = []
  const prose = new Set<number>()
  let fence: { readonly mark: string; readonly language: string; readonly line: number } | undefined
  let open: { readonly name: string; readonly from: number } | undefined
  const close = (to: number | undefined): void => {
    if (open === undefined) return
    const text = lines.slice(open.from, (to ?? open.from + 1) - 1).join("\n")
    generated.push({ ...open, to, text })
    open = undefined
  }
  let at = frontMatterEnd(lines)
  for (; at < lines.length; at++) {
    const line = lines[at] as string
    const number = at + 1
    const mark = fencePattern.exec(line)
    if (fence !== undefined) {
      const ends = mark !== null && mark[2] === "" && (mark[1] as string).startsWith(fence.mark)
      if (!ends) continue
      blocks.push({ language: fence.language, line: fence.line, text: lines.slice(fence.line - 1, at).join("\n") })
      fence = undefined
    } else if (mark !== null) fence = { mark: mark[1] as string, language: mark[2] as string, line: number + 1 }
    else if (beginPattern.test(line)) {
      close(undefined)
      open = { name: (beginPattern.exec(line) as RegExpExecArray)[1] as string, from: number }
    } else if (endPattern.test(line)) close(number)
    else if (open === undefined) prose.add(number)
  }
  close(undefined)
  return { lines, blocks, generated, isProse: (line) => prose.has(line) }
}

/** How many lines the front matter has, with its marks. */
export function frontMatterEnd(lines: readonly string[]): number {
  if (lines[0] !== "---") return 0
  const end = lines.indexOf("---", 1)
  return end < 0 ? 0 : end + 1
}

import GithubSlugger from "github-slugger"
import type { Nodes } from "mdast"
import { toString } from "mdast-util-to-string"
import { visit } from "unist-util-visit"
import type { Place } from "../report.js"
import { excerpt, nearest } from "../words.js"
import type { CheckContext } from "./check.js"

const settled =
  /^(main|master|develop|dev|HEAD|stable|trunk|gh-pages|[0-9a-f]{7,40}|v?\d+(\.\d+)*([-.]\w+)*|releases?.*)$/
const github =
  /^https?:\/\/(?:github\.com\/[^/]+\/[^/]+\/(?:blob|tree|raw)|raw\.githubusercontent\.com\/[^/]+\/[^/]+)\/([^#?]+)/

/** Links that lead nowhere, as far as that can be told without a network. */
export function checkLinks(context: CheckContext): void {
  const { document, report } = context
  const own = anchorsOf(document.root, document.source)
  visit(document.root, (node) => {
    if (node.type !== "link" && node.type !== "image" && node.type !== "definition") return
    const { line = 1, column = 1 } = node.position?.start ?? {}
    const fault = faultOf(node.url, context, own)
    if (fault !== undefined) report("link-broken", { line, column }, fault)
    checkBranch(node.url, { line, column }, context)
  })
}

function faultOf(url: string, { input }: CheckContext, own: ReadonlySet<string>): string | undefined {
  const target = url.trim()
  if (target === "") return "a link without a target: fill it in, or take the brackets away"
  if (/^(todo|tbd|fixme|xxx|link|url)$/i.test(target))
    return `the link's target is “${excerpt(target, 20)}”: fill it in`
  if (/^[a-z][a-z0-9+.-]*:/i.test(target) || target.startsWith("//") || target.startsWith("/")) return undefined
  if (target.startsWith("#")) return anchorFault(target.slice(1), own, "this document")
  // Formulas in brackets and parentheses read as links to Markdown.
  if (/[()=*^{}|\\$<>\s]/.test(target)) return undefined
  const [path = "", anchor = ""] = target.split("#", 2)
  const file = decoded(path.replace(/\?.*$/, "").replace(/\.md\/$/, ".md"))
  if (file === undefined) return `the link ${excerpt(target, 60)} is not well encoded`
  if (input.exists !== undefined && !input.exists(file))
    return `there is no file ${excerpt(file, 80)} beside this document${own.has(file) ? `: did you mean #${excerpt(file, 80)}?` : ""}`
  if (anchor === "" || input.read === undefined || !/\.md$/i.test(file)) return undefined
  const text = input.read(file)
  return text === undefined ? undefined : anchorFault(anchor, anchorsOfText(text), excerpt(file, 60))
}

function anchorFault(anchor: string, anchors: ReadonlySet<string>, where: string): string | undefined {
  const name = decoded(anchor) ?? anchor
  if (name === "" || name === "top" || anchors.has(name) || anchors.has(name.toLowerCase()) || /^L\d/.test(name))
    return undefined
  const near = nearest(name, anchors)
  return `no heading of ${where} gives the anchor #${excerpt(name, 60)}${near === undefined ? "" : `: did you mean #${near}?`}`
}

function anchorsOf(root: Nodes, source: string): ReadonlySet<string> {
  const headings: string[] = []
  visit(root, "heading", (node) => {
    headings.push(toString(node))
  })
  return anchors(headings, source)
}

/** Of another document, whose headings are read line by line: it need not be parsed for that. */
function anchorsOfText(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/gm)].map(([, heading = ""]) =>
    heading
      .replace(/!?\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?/g, "$1")
      .replace(/[*_`]/g, (mark) => (mark === "_" ? "_" : "")),
  )
  return anchors(headings, text)
}

/** As GitHub makes them, and as mdBook does, which keeps the dashes of what was removed. */
function anchors(headings: readonly string[], source: string): ReadonlySet<string> {
  const slugger = new GithubSlugger()
  const found = new Set<string>()
  for (const heading of headings) {
    found.add(slugger.slug(heading))
    found.add(
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\s-]/gu, "")
        .replace(/\s/g, "-"),
    )
    found.add(
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_\s-]/gu, "")
        .replace(/[\s-]+/g, "-"),
    )
  }
  for (const [, name = ""] of source.matchAll(/\b(?:id|name)\s*=\s*["']?([\w:.-]+)/g)) found.add(name)
  for (const [, name = ""] of source.matchAll(/\{#([\w:.-]+)\}/g)) found.add(name)
  return found
}

function checkBranch(url: string, place: Place, { report }: CheckContext): void {
  const [, path] = github.exec(url) ?? []
  if (path === undefined) return
  const [branch = "", second = ""] = path.split("/")
  if (settled.test(branch) || (branch === "refs" && /^(heads|tags)$/.test(second))) return
  report(
    "link-branch",
    place,
    `this leads into the branch ${excerpt(`${branch}/${second}`, 60)}, which will move or go: link to what was merged, or to a commit`,
  )
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

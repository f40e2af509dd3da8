import { toBase64url } from "@colloquy/core"
import { type Content, text } from "colloquy"
import { printable, printableLines, shortened } from "./printable.js"

/** Content for programs. What this program does not know keeps its bytes, and its sender's fallback text. */
export function contentObject(content: Content): object {
  if (text.is(content)) return { type: "text", text: content.text }
  const { type, domain, tag, fallback, body } = content
  return { type, domain, tag, fallback, body: toBase64url(body) }
}

/** Content for people, on as many lines as it has. */
export function contentLines(content: Content): string[] {
  if (text.is(content)) return printableLines(content.text)
  const fallback = content.fallback === "" ? [] : printableLines(content.fallback)
  const what = content.type === "malformed" ? "broken content" : `content of an unknown type, ${kindOf(content)}`
  return [`[${what}, ${content.body.length} B]`, ...fallback]
}

/** Content for people, on one line of at most this length. */
export function contentPreview(content: Content, charactersMax: number): string {
  const lines = text.is(content) ? content.text : contentLines(content).join(" ")
  return shortened(printable(lines.slice(0, 4 * charactersMax)), charactersMax)
}

function kindOf({ domain, tag }: Content): string {
  return `${domain ?? "?"}/${tag ?? "?"}`
}

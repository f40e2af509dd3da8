import type { Place } from "../report.js"
import type { ProtoProblem } from "./proto.js"
import { type Token, tokensOf } from "./tokens.js"

const problemsMax = 20

/** Walks through tokens, sets comments aside, and notes what does not fit. */
export class TokenReader {
  readonly problems: ProtoProblem[] = []
  /** Comments since the last token. */
  comments: Token[] = []
  readonly #tokens: readonly Token[]
  readonly #at: (index: number) => Place
  #next = 0

  constructor(text: string, at: (index: number) => Place) {
    this.#tokens = tokensOf(text)
    this.#at = at
    this.#gather()
  }

  get token(): Token {
    return this.#tokens[this.#next] as Token
  }

  get place(): Place {
    return this.#at(this.token.index)
  }

  get atEnd(): boolean {
    return this.token.kind === "end"
  }

  is(text: string): boolean {
    return this.token.text === text && (this.token.kind === "symbol" || this.token.kind === "word")
  }

  isDots(): boolean {
    return this.token.kind === "symbol" && /^(\.\.\.+|…)$/.test(this.token.text)
  }

  /** The token after the present one, or so many after it, comments aside. */
  ahead(count = 1): Token {
    let index = this.#next
    for (let left = count; left > 0; left -= 1) {
      index += 1
      while (this.#tokens[index]?.kind === "comment") index += 1
    }
    return this.#tokens[index] ?? (this.#tokens.at(-1) as Token)
  }

  take(): Token {
    const token = this.token
    if (token.kind !== "end") this.#next += 1
    this.#gather()
    return token
  }

  takeIf(text: string): boolean {
    if (!this.is(text)) return false
    this.take()
    return true
  }

  /** The number that follows, if one does. */
  takeNumber(): number | undefined {
    return this.token.kind === "number" ? Number(this.take().text) : undefined
  }

  /** The comment behind the token that was taken last, on the same line. */
  takeTrailing(): string {
    const [first] = this.comments
    if (first === undefined || first.startsLine) return ""
    this.comments.shift()
    return first.text
  }

  takeComments(): Token[] {
    const taken = this.comments
    this.comments = []
    return taken
  }

  problem(message: string, place: Place = this.place): void {
    if (this.problems.length < problemsMax) this.problems.push({ message, ...place })
  }

  placeOf(token: Token): Place {
    return this.#at(token.index)
  }

  /** Over everything up to and with the next `;`, or up to a brace. */
  skipStatement(): void {
    while (!this.atEnd && !this.is("{") && !this.is("}")) if (this.take().text === ";") return
  }

  /** Over the rest of a line, in which a document can say in words what it leaves out. */
  skipLine(): void {
    do this.take()
    while (!this.atEnd && !this.token.startsLine && !this.is("}"))
  }

  /** Over a pair of braces and all between them. */
  skipBraces(): void {
    let depth = 0
    do {
      const { text } = this.take()
      if (text === "{") depth += 1
      if (text === "}") depth -= 1
    } while (depth > 0 && !this.atEnd)
  }

  /** Sets comments aside, and the marks of a change that begin a line in a document that shows one. */
  #gather(): void {
    while (this.token.kind === "comment" || this.#isChangeMark()) {
      if (this.token.kind === "comment") this.comments.push(this.token)
      this.#next += 1
    }
  }

  #isChangeMark(): boolean {
    return this.token.startsLine && (this.token.text === "+" || this.token.text === "-")
  }
}

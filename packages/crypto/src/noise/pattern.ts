import { ColloquyError } from "@colloquy/core"

/** The Noise specification's tokens, and two of its hybrid-forward-secrecy extension: a KEM key, and a ciphertext for the receiver's. */
export type NoiseToken = "e" | "s" | "e1" | NoiseMixToken
export type NoiseMixToken = "ee" | "es" | "se" | "ss" | "ekem1"
export type NoiseKeyToken = Exclude<NoiseToken, NoiseMixToken>
export type NoiseRole = "initiator" | "responder"

export interface NoisePattern {
  /** `Noise_<name>_25519_ChaChaPoly_BLAKE2b`, with `25519+MLKEM768` where the pattern has KEM tokens. */
  readonly protocolName: string
  /** The keys that each side has of the other beforehand, in the order in which they are hashed: the initiator's first. */
  readonly preMessages: Readonly<Record<NoiseRole, readonly NoiseKeyToken[]>>
  readonly messages: readonly { readonly from: NoiseRole; readonly tokens: readonly NoiseToken[] }[]
  /** One message from the initiator and no way back. */
  readonly oneWay: boolean
}

const keyTokens: readonly string[] = ["e", "e1", "s"]
const mixTokens: readonly string[] = ["ee", "es", "se", "ss", "ekem1"]

/**
 * A handshake pattern in the notation of the Noise specification: `->` for the initiator, `<-` for the responder, pre-messages before `...`.
 * Throws `NOISE_BAD_PATTERN` for what the specification's validity rules (section 7.3) forbid.
 */
export function noisePattern(name: string, notation: string): NoisePattern {
  const lines = notation
    .split(/(?=->|<-|\.\.\.)/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
  const dots = lines.indexOf("...")
  const preMessages = readPreMessages(lines.slice(0, Math.max(dots, 0)).map(readLine))
  const messages = lines.slice(dots + 1).map(readLine)
  const pattern = {
    protocolName: protocolName(name, [
      ...messages.flatMap(({ tokens }) => tokens),
      ...preMessages.initiator,
      ...preMessages.responder,
    ]),
    preMessages,
    messages,
    oneWay: messages.length === 1 && !preMessages.responder.includes("e"),
  }
  assertValid(pattern)
  return pattern
}

type Line = NoisePattern["messages"][number]

function protocolName(name: string, tokens: readonly NoiseToken[]): string {
  if (!/^[A-Z][A-Za-z0-9+]{0,31}$/.test(name))
    throw bad("a pattern's name is a capital letter, then letters, digits or +")
  const dh = tokens.includes("e1") ? "25519+MLKEM768" : "25519"
  return `Noise_${name}_${dh}_ChaChaPoly_BLAKE2b`
}

function readLine(line: string): Line {
  const [arrow, ...rest] = line.split(" ")
  if (arrow !== "->" && arrow !== "<-") throw bad("a line begins with -> or <-")
  const tokens = rest.join("").split(",")
  for (const token of tokens)
    if (!keyTokens.includes(token) && !mixTokens.includes(token)) throw bad("a token is unknown")
  return { from: arrow === "->" ? "initiator" : "responder", tokens: tokens as NoiseToken[] }
}

function readPreMessages(lines: readonly Line[]): NoisePattern["preMessages"] {
  const of = (role: NoiseRole): readonly NoiseKeyToken[] => {
    const mine = lines.filter(({ from }) => from === role)
    const tokens = mine[0]?.tokens ?? []
    const sorted = keyTokens.filter((token) => tokens.includes(token as NoiseToken))
    if (mine.length > 1 || sorted.join() !== tokens.join())
      throw bad("a pre-message has e, e1 and s in this order, each once at most")
    return tokens as readonly NoiseKeyToken[]
  }
  return { initiator: of("initiator"), responder: of("responder") }
}

/** What each token needs: a key of the initiator's and one of the responder's. */
const ingredients = {
  ee: ["e", "e"],
  es: ["e", "s"],
  se: ["s", "e"],
  ss: ["s", "s"],
} as const

function assertValid({ preMessages, messages }: Omit<NoisePattern, "protocolName" | "oneWay">): void {
  if (messages.length === 0) throw bad("a pattern has at least one message")
  const known = {
    initiator: new Set<NoiseToken>(preMessages.initiator),
    responder: new Set<NoiseToken>(preMessages.responder),
  }
  const mixed = new Set<NoiseToken>()
  for (const [index, { from, tokens }] of messages.entries()) {
    if (index > 0 && messages[index - 1]?.from === from) throw bad("messages alternate")
    const other = from === "initiator" ? "responder" : "initiator"
    for (const token of tokens) {
      if (token === "e" || token === "s" || token === "e1") {
        if (known[from].has(token)) throw bad(`${token} is sent twice`)
        known[from].add(token)
        continue
      }
      if (mixed.has(token)) throw bad(`${token} is mixed twice`)
      mixed.add(token)
      if (token === "ekem1") {
        if (!known[other].has("e1")) throw bad("ekem1 wants an e1 before it")
      } else if (!known.initiator.has(ingredients[token][0]) || !known.responder.has(ingredients[token][1]))
        throw bad(`${token} wants keys that have not been sent`)
    }
    const [mine, theirs] = from === "initiator" ? (["se", "es"] as const) : (["es", "se"] as const)
    if ((mixed.has(mine) && !mixed.has("ee")) || (mixed.has("ss") && !mixed.has(theirs)))
      throw bad("a static key's result encrypts before an ephemeral one's")
  }
}

function bad(message: string): ColloquyError {
  return new ColloquyError("NOISE_BAD_PATTERN", message)
}

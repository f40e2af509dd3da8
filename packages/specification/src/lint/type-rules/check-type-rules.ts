import type { RequirementId } from "@colloquy/core"
import type { CheckContext } from "../checks/check.js"
import { isUnwritten } from "../checks/unwritten.js"
import type { Place } from "../report.js"
import { excerpt } from "../words.js"
import { checkAddresses, checkIds } from "./check-places.js"
import { checkFrames, isSchema } from "./check-frames.js"
import { type Evidence, lineOf, statements } from "./evidence.js"
import { unmet, verdict } from "./verdict.js"

interface Rule {
  readonly id: RequirementId
  /** A sentence that matches meets the rule. */
  readonly said: RegExp
  /** So does a heading that matches and has something under it; one with nothing under it breaks the rule. */
  readonly heading: RegExp
  readonly met: string
  readonly missing: string
}

const rules: readonly Rule[] = [
  {
    id: "CT-1",
    said: /\bnoise[ _](?:protocol|pattern|handshake|framework|\w+_)|\bXX?K?\w?\d?hfs|\bdouble ratchet|\bPQ?X3?DH\b|\bMLS\b|\bRFC ?9420\b|ChaCha20|\bAES[-_ ]?\d*[-_]?(?:GCM|CTR|CBC|SIV)|\bAEAD\b|\bHPKE\b|\bECIES\b|\bsecretbox\b|\b(?:is|are) (?:not encrypted|unencrypted|in plaintext|in the clear)\b|\bno encryption\b|\bencryption(?: scheme)? is `?none/i,
    heading: /\bencrypt|\bcipher ?suite|\bkey exchange\b|\bhandshake\b|\bcryptograph/i,
    met: "names its encryption",
    missing: "nothing names the encryption scheme: name it with its primitives, or say `none` and what follows",
  },
  {
    id: "CT-3",
    said: /\bproto(?:buf|3|col buffers?)\b|\bCBOR\b|\bRLP\b|\bJSON\b|\bASN\.1\b|\bDER\b|\bMessagePack\b|\bSSZ\b|\bXDR\b|\bBorsh\b|\bTLS (?:presentation|encoding)|\b(?:fixed|given) (?:lengths?|order)\b|\b(?:big|little)-endian\b/i,
    heading: /\bencoding\b/i,
    met: "names its encoding",
    missing: "nothing names the encoding of frames: protobuf, CBOR, or byte by byte",
  },
  {
    id: "CT-6",
    said: /\b(?:two|2|three|exactly \w+|at most [\d,]+|up to [\d,]+|any number of) (?:\w+ )?(?:participants?|members?|people|parties|clients)\b|\bonly member\b|\bpairwise\b|\bone[- ]to[- ]one\b|\b1:1\b|\bmembership\b/i,
    heading: /\bmember(?:s|ship)\b|\bparticipants\b/i,
    met: "says who takes part",
    missing: "nothing says who can be a member, how many there can be, and who decides",
  },
  {
    id: "CT-9",
    said: /\bdeterministic(?:ally)? (?:parse|decod|tree|encod|serial)|\bcanonical\b|\b(?:parse|decod\w+) tree\b|\bexactly one (?:member|encoding|field|form)\b|\bunambiguous|\bambiguity\b|\bone byte says which\b|\bduplicate[sd]? (?:singular )?fields?\b/i,
    heading: /\b(?:parse|decod\w+) tree\b|\bdecoding\b|\bcanonical\b/i,
    met: "says how decoding is a function",
    missing:
      "nothing says how a payload decodes in one way only: what of unknown and repeated fields, two members of a choice, other encodings of the same values?",
  },
  {
    id: "CT-14",
    said: /\blook(?:ed|s|ing)?[- ]?up\b|\bhints?\b|\bidentifier (?:for|of) (?:the|its|a) (?:key|state|conversation)\b|\bindex(?:ed)? (?:by|of|that|in)\b|\bassociat(?:es?|ing) [^.]{0,60}\b(?:payload|state|conversation)|\b(?:leads?|maps?|routes?|routed) [^.]{0,60}\b(?:conversation|state|key)\b|\bfinds? (?:the|its|his|her) (?:conversation|introduction|state|key)/i,
    heading: /\b(?:hints?|look-?up|key identifiers?)\b/i,
    met: "says how a payload leads to its state",
    missing:
      "nothing says how a recipient finds the encryption state of a payload without trying every conversation: a hint, a header, a topic of its own?",
  },
  {
    id: "CT-15",
    said: /\b(?:topics?|delivery[- _]address(?:es)?|routing|addressing|buckets?)\b[^.]{0,200}\b(?:privacy|leaks?|metadata|learns?|link(?:s|ed|able|ability)?|observ\w+|identit\w+|anonym\w+|hides?|shows?)\b|\b(?:privacy|leaks?|metadata|learns?|link(?:ed|able|ability)|observ\w+|anonym\w+|hides?|shows?)\b[^.]{0,200}\b(?:topics?|delivery[- _]address(?:es)?|routing layer|addressing)\b/i,
    heading: /\b(?:topic|recipient|addressing) privacy\b/i,
    met: "weighs what its topics reveal",
    missing:
      "nothing says who can learn what from the topics or addresses: who shares one, what links two payloads, what the delivery service sees",
  },
  {
    id: "CT-16",
    said: /\bchannel[- ]binding\b|\b(?:associated|additional|authenticated) data\b|\bAAD\b|\bAD\b|\bprologue\b|\bbinds?\b[^.]{0,80}\b(?:payload|message|conversation|topic|channel|session)|\b(?:payload|message)s? (?:is|are) bound\b|\banother (?:conversation|topic|inbox)\b/i,
    heading: /\bchannel binding\b/i,
    met: "says what binds a payload to its conversation",
    missing:
      "nothing binds a payload to its conversation: say what the associated data holds, and that a payload moved to another conversation, topic or direction is refused",
  },
  {
    id: "CT-17",
    said: /\b(?:reference )?implementations? (?:is|are|can be found)\b|\bimplemented in\b|\bthe code is\b/i,
    heading: /\bimplementation(?:s|ers?)?\b/i,
    met: "has suggestions for implementers",
    missing: "there are no suggestions for implementers, nor pointers to an implementation",
  },
]

const guarantees =
  /\b(confidential\w*|integrity|forward secrecy|post[- ]compromise|(?:mutual(?:ly)? |sender )?authentica\w+|deniab\w+|sender privacy|unlinkab\w+|replay\w*|anonym\w+|post[- ]quantum|length[- ]hiding)\b/gi

/** CT-1 to CT-17 but the names, CT-10 and CT-11, and CT-12, which follows from all findings. */
export function checkTypeRules(context: CheckContext): void {
  const all = statements(context.document)
  for (const rule of rules) checkRule(rule, all, context)
  checkFrames(context)
  checkAddresses(all, context)
  checkIds(all, context)
  checkGuarantees(all, context)
}

function checkRule(rule: Rule, all: readonly Evidence[], context: CheckContext): void {
  const { document } = context
  const { id, heading, said, met, missing } = rule
  const named = document.sections.filter((section) => heading.test(section.heading))
  const empty = named.filter((section) => isUnwritten(section, document))
  const [first] = empty
  if (first !== undefined) {
    const names = empty.map((section) => `“${excerpt(section.heading, 40)}”`).join(" and ")
    // The sections have their finding already.
    verdict(context, id, "unmet", `${names} ${empty.length === 1 ? "is" : "are"} not written yet`, first.line)
    return
  }
  const line = lineFor(id, all, said, context)
  const found = line ?? named[0]?.line
  if (found !== undefined) verdict(context, id, "met", met, found)
  else unmet(context, id, missing, titlePlace(context))
}

const privacy = /\b(?:privacy|leaks?|metadata|learns?|link(?:ed|able|ability)|observ\w+|anonym\w+|unmask\w*)\b/i

function lineFor(id: RequirementId, all: readonly Evidence[], said: RegExp, context: CheckContext): number | undefined {
  const line = lineOf(all, said)
  const { blocks } = context.definitions
  if (id === "CT-3")
    return blocks[0]?.block.line ?? line ?? context.document.code.find(({ language }) => isSchema(language))?.line
  // A section about topics need not name them in each sentence.
  if (id === "CT-15")
    return (
      line ??
      lineOf(
        all.filter(({ prose }) => /\b(?:topics?|address\w*|routing|delivery)\b/i.test(prose.section.heading)),
        privacy,
      )
    )
  // A drawing of the tree is the tree.
  if (id === "CT-9")
    return (
      line ??
      context.document.code.find(
        ({ language, text, section }) =>
          language === "mermaid" &&
          /^\s*(?:flowchart|graph)\b/.test(text) &&
          /fram|pars|decod|payload|wire/i.test(section.heading),
      )?.line
    )
  return line ?? declaredLine(id, context)
}

/** A row that names the rule and says something: how a rendered declaration looks. */
function declaredLine(id: RequirementId, { document }: CheckContext): number | undefined {
  const named = new RegExp(`\\b${id}\\b`)
  const rows = document.prose.filter(({ cell }) => cell !== undefined && cell.row > 0)
  const row = rows.find(
    ({ text, line }) =>
      named.test(text) &&
      rows.some(
        (other) =>
          other.line === line && /\w{3,}/.test(other.text.replace(/\bCT-\d+\b/g, "")) && other.cell?.column !== 0,
      ),
  )
  return row?.line
}

/** CT-7: at least two guarantees by name. */
function checkGuarantees(all: readonly Evidence[], context: CheckContext): void {
  const names = new Set<string>()
  let line: number | undefined
  for (const { prose, sentence } of all)
    for (const [name] of sentence.text.matchAll(guarantees)) {
      names.add(name.toLowerCase().slice(0, 8))
      line ??= prose.line
    }
  if (names.size >= 2) verdict(context, "CT-7", "met", "states its guarantees", line)
  else
    unmet(
      context,
      "CT-7",
      "the guarantees are not stated: confidentiality, authentication, forward secrecy and so on, each with what it does not cover",
      titlePlace(context),
    )
}

function titlePlace({ document }: CheckContext): Place {
  const { line, column } = document.title ?? { line: 1, column: 1 }
  return { line, column }
}

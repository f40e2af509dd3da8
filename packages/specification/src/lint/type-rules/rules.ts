import type { RequirementId } from "@colloquy/core"

/** How a rule that is kept in prose is recognized. Words alone prove little: what only hints at a rule is left to a reader. */
export interface ProseRule {
  readonly id: RequirementId
  /** A sentence that says it, and does not deny it, meets the rule. */
  readonly said: RegExp
  /** Words that may be about it: by review. */
  readonly hinted: RegExp
  /** A section about it: by review too, unless a sentence in it says it. One with nothing under it breaks the rule. */
  readonly heading: RegExp
  /** What a sentence says in a section whose heading gives the subject. */
  readonly within?: { readonly heading: RegExp; readonly said: RegExp }
  /** To deny it is to say it: “the topic does not hide who writes”. */
  readonly isDeniable?: true
  /** Where it belongs: there the lack of it is reported, else at the title. */
  readonly home?: RegExp
  readonly met: string
  /** What a reader has to look for. */
  readonly review: string
  readonly missing: string
}

const unencrypted =
  "\\b(?:is|are) (?:not encrypted|unencrypted|in plaintext|in the clear)\\b|\\bno encryption\\b|\\bencryption(?: scheme)? is `?none"
const encodings =
  "\\b(?:proto(?:buf|3)|protocol buffers?|CBOR|RLP|JSON|ASN\\.1|DER|MessagePack|SSZ|XDR|Borsh|TLS (?:presentation|encoding))\\b"
const people = "(?:participants?|members?|people|parties|clients)"
const counted = `\\b(?:two|2|three|exactly \\w+|at most [\\d,]+|up to [\\d,]+|any number of) (?:\\w+ )?${people}\\b`
const exposed =
  "\\b(?:privacy|leak\\w*|metadata|learns?|unlink\\w*|link(?:s|ed|able|ability)?|observ\\w+|anonym\\w+|unmask\\w*)\\b"
const routed = "\\b(?:topics?|delivery[- _]address(?:es)?|routing|addressing)\\b"
const refused =
  "\\b(?:refus\\w+|reject\\w*|fail\\w*|invalid|discard\\w*|dropp?\\w*|detect\\w*|does not (?:open|decrypt))\\b"
const keyed = "\\b(?:conversations?|states?|keys?|sessions?|introductions?)\\b"

export const proseRules: readonly ProseRule[] = [
  {
    id: "CT-1",
    said: any(
      "ChaCha20|\\bX?Salsa20|\\bAES[-_ ]?\\d*[-_]?(?:GCM|CTR|CBC|SIV|OCB|CCM)|\\bAEGIS|\\bsecretbox\\b|\\bHPKE\\b|\\bECIES\\b|\\bMLS_\\d",
      unencrypted,
    ),
    hinted:
      /\bnoise[ _](?:protocol|pattern|handshake|framework|\w+_)|\bXX?K?\w?\d?hfs|\bdouble ratchet|\bPQ?X3?DH\b|\bMLS\b|\bRFC ?9420\b|\bAEAD\b/i,
    heading: /\bencrypt|\bcipher ?suite|\bkey exchange\b|\bhandshake\b|\bcryptograph/i,
    home: /\bencrypt|\bcryptograph|\bhandshake\b/i,
    met: "names its encryption",
    review: "a reader has to see whether the scheme is named with its cipher, hash and curve",
    missing: "nothing names the encryption scheme: name it with its primitives, or say `none` and what follows",
  },
  {
    id: "CT-3",
    said: any(
      `${encodings}[^]{0,200}\\b(?:en|de)cod|\\b(?:en|de)cod[^]{0,200}${encodings}`,
      `${encodings}[^]{0,200}\\b(?:seriali[sz]|wire|frames?|payloads?)|\\b(?:seriali[sz]|wire|frames?|payloads?)[^]{0,200}${encodings}`,
      "\\b(?:fixed|given) (?:lengths?|order)\\b[^]{0,200}\\b(?:bytes?|fields?)|\\b(?:big|little)-endian\\b",
    ),
    hinted: new RegExp(encodings, "i"),
    heading: /\bencoding\b/i,
    within: { heading: /\bencoding\b/i, said: /\bbytes?\b|\bvarints?\b|\blength[- ]prefix/i },
    home: /\bwire\b|\bencoding\b/i,
    met: "names its encoding",
    review: "a reader has to see whether it is the encoding of frames, and complete",
    missing: "nothing names the encoding of frames: protobuf, CBOR, or byte by byte",
  },
  {
    id: "CT-6",
    said: any(
      `(?:^|[^\\w-])(?:conversations?|channels?|groups?|membership|exchanges?|takes? part)\\b[^]{0,300}${counted}`,
      `${counted}[^]{0,300}\\b(?:conversations?|channels?|groups?|membership|exchanges?|takes? part)\\b`,
      `\\bonly member\\b|\\bonly (?:a |the |its )?(?:\\w+ )?(?:participants?|members?|admins?|owner|author) (?:can|may|MUST) (?:add|join|invite|remove|send|post|write)\\b`,
    ),
    hinted: any(counted, "\\bpairwise\\b|\\bone[- ]to[- ]one\\b|\\b1:1\\b|\\bmembership\\b"),
    heading: /\bmember(?:s|ship)\b|\bparticipants\b/i,
    within: {
      heading: /\bmember(?:s|ship)\b|\bparticipants\b/i,
      said: /\b(?:add(?:s|ed)?|remov\w+|join\w*|leaves?|invit\w+|at most|at least|exactly|only|fixed|any number)\b/i,
    },
    met: "says who takes part",
    review: "a reader has to see whether it says who can be a member, how many, and who decides",
    missing: "nothing says who can be a member, how many there can be, and who decides",
  },
  {
    id: "CT-9",
    said: any(
      "\\bdeterministic(?:ally)? (?:decod|encod|serial)|\\bexactly one (?:member|encoding|field|form)\\b|\\bone byte says which\\b",
      "\\bcanonical\\b[^]{0,200}\\b(?:encod|seriali[sz]|form|proto|CBOR|bytes|frames?)|\\b(?:encod|seriali[sz]|form|proto|CBOR|bytes|frames?)[^]{0,200}\\bcanonical\\b",
      `\\b(?:duplicate[sd]?|repeated|unknown) (?:\\w+ )?(?:fields?|members?|frames?|types?)\\b[^]{0,120}${refused}`,
    ),
    hinted: /\b(?:parse|decod\w+) tree\b|\bunambiguous|\bambiguity\b|\bcanonical\b/i,
    heading: /\b(?:parse|decod\w+) tree\b|\bdecoding\b|\bparsing\b|\bcanonical\b/i,
    within: {
      heading: /\bdecoding\b|\bparsing\b|\bcanonical\b/i,
      said: /\b(?:unknown|duplicated?|twice|more than one|non-minimal|unrecogni[sz]ed)\b/i,
    },
    home: /\bwire\b|\bframes?\b/i,
    met: "says how decoding is a function",
    review:
      "a reader has to see what becomes of unknown and repeated fields, two members of a choice, and other encodings of the same values",
    missing:
      "nothing says how a payload decodes in one way only: what of unknown and repeated fields, two members of a choice, other encodings of the same values?",
  },
  {
    id: "CT-14",
    said: any(
      `\\blook(?:ed|s|ing)?[- ]?up\\b[^]{0,160}${keyed}|${keyed}[^]{0,160}\\blook(?:ed|s|ing)?[- ]?up\\b`,
      `\\bhints?\\b[^]{0,160}${keyed}|${keyed}[^]{0,160}\\bhints?\\b`,
      "\\bidentifier (?:for|of) (?:the|its|a) (?:key|state|conversation)\\b|\\b(?:leads?|maps?|routes?|routed) [^.]{0,60}\\b(?:conversation|state|key)\\b",
      "\\bfinds? (?:the|its|his|her) (?:conversation|introduction|state|key)|\\bindex(?:ed)? (?:by|of|that|in)\\b[^.]{0,60}\\b(?:conversation|state|key|hint|topic)",
    ),
    hinted:
      /\blook(?:ed|s|ing)?[- ]?up\b|\bhints?\b|\bassociat(?:es?|ing) [^.]{0,60}\b(?:payload|state|conversation)|\bkey identifiers?\b/i,
    heading: /\b(?:hints?|hinting|look-?up|key identifiers?)\b/i,
    home: /\bwire\b/i,
    met: "says how a payload leads to its state",
    review: "a reader has to see whether a recipient finds the state of a payload without trying every conversation",
    missing:
      "nothing says how a recipient finds the encryption state of a payload without trying every conversation: a hint, a header, a topic of its own?",
  },
  {
    id: "CT-15",
    said: any(`${routed}[^.]{0,200}${exposed}`, `${exposed}[^.]{0,200}${routed}`),
    hinted: any(
      `${routed}[^.]{0,200}\\b(?:identit\\w+|hides?|shows?|secret|private)\\b`,
      `\\bbuckets?\\b[^.]{0,200}${exposed}|${exposed}[^.]{0,200}\\bbuckets?\\b`,
    ),
    heading: /\b(?:topic|recipient|addressing) privacy\b/i,
    within: { heading: /\b(?:topics?|address\w*|routing|delivery)\b/i, said: new RegExp(exposed, "i") },
    isDeniable: true,
    home: /\b(?:security|privacy)\b/i,
    met: "weighs what its topics reveal",
    review: "a reader has to see whether it says who can learn what from the topics or addresses",
    missing:
      "nothing says who can learn what from the topics or addresses: who shares one, what links two payloads, what the delivery service sees",
  },
  {
    id: "CT-16",
    said: any(
      "\\bchannel[- ]binding\\b|\\b(?:payload|message|frame|ciphertext)s? (?:is|are) (?:\\w+ )?bound to\\b",
      "(?:\\b(?:associated|additional|authenticated) data\\b|\\bAAD\\b)[^]{0,40}(?:\\b(?:is|are|holds?|contains?|includes?|consists?|covers?|binds?|of)\\b|[=:])",
      "\\bbinds?\\b[^.]{0,80}\\b(?:payload|message|frame|conversation|topic|channel|session)",
      `\\banother (?:conversation|topic|inbox|channel)\\b[^.]{0,120}${refused}|${refused}[^.]{0,120}\\banother (?:conversation|topic|inbox|channel)\\b`,
    ),
    hinted:
      /\b(?:associated|additional|authenticated) data\b|\bAAD\b|\bprologue\b|\banother (?:conversation|topic|inbox|channel)\b/i,
    heading: /\bchannel binding\b/i,
    home: /\bencrypt|\bcryptograph|\bhandshake\b/i,
    met: "says what binds a payload to its conversation",
    review: "a reader has to see whether a payload moved to another conversation, topic or direction is refused",
    missing:
      "nothing binds a payload to its conversation: say what the associated data holds, and that a payload moved to another conversation, topic or direction is refused",
  },
  {
    id: "CT-17",
    said: /\b(?:reference )?implementations? (?:is|are|can be found)\b|\bimplemented in\b|\bthe code is\b/i,
    hinted: /\b(?:reference|example) implementation\b/i,
    heading: /\bimplementation(?:s|ers?)?\b/i,
    within: { heading: /\bimplementation(?:s|ers?)?\b/i, said: /\w+(?:[^\w]+\w+){3}/ },
    met: "has suggestions for implementers",
    review: "a reader has to see whether they are of use to implementers",
    missing: "there are no suggestions for implementers, nor pointers to an implementation",
  },
]

function any(...patterns: readonly string[]): RegExp {
  return new RegExp(patterns.join("|"), "i")
}

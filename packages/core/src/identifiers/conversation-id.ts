import type { Brand } from "../brand.js"
import { lengthPrefixed, toHex, utf8 } from "../bytes.js"
import type { Crypto } from "../crypto.js"
import { ColloquyError } from "../errors.js"
import { type Participant, participantKey } from "./participant.js"
import { printTypeId, type TypeId, type TypeName } from "./type-id.js"

/** `/<name>/<version>/<ident>` (CT-13): the type's name and version, then 16 bytes as 32 lower-case hexadecimal digits. */
export type ConversationId = Brand<string, "ConversationId">

export interface ParsedConversationId extends TypeName {
  readonly id: ConversationId
  readonly type: TypeId
  readonly ident: string
}

/** `undefined` unless the text is a conversation id in its one form. */
export function parseConversationId(text: string): ParsedConversationId | undefined {
  const match = /^\/([a-z0-9-]{1,48})\/([1-9][0-9]{0,5})\/([0-9a-f]{32})$/.exec(text)
  if (match === null) return undefined
  const name = match[1] as string
  const version = Number(match[2])
  try {
    return {
      name,
      version,
      type: printTypeId({ name, version }),
      ident: match[3] as string,
      id: text as ConversationId,
    }
  } catch {
    return undefined
  }
}

/** What an id is made from. Which of the three a type uses is what it declares (CT-5). */
export type IdMaterial =
  | { readonly from: "secret"; readonly secret: Uint8Array }
  | { readonly from: "participants"; readonly participants: readonly Participant[]; readonly discriminator: Uint8Array }
  | { readonly from: "random"; readonly random: Uint8Array }

/** How a type's conversation ids are generated (CT-5), executed by the client. */
export interface ConversationIdPolicy {
  readonly from: IdMaterial["from"]
  /** In a sentence, for documents and reports. */
  readonly description: string
  /** Throws `BAD_ID_MATERIAL`, also for material of another kind than the declared one. */
  make(type: TypeName, material: IdMaterial, crypto: Crypto): ConversationId
}

export const conversationIdLabel = "colloquy/conversation-id/1"

/**
 * `ident = BLAKE2b-128(key: secret; LP("colloquy/conversation-id/1") ‖ LP(type id) ‖ LP("secret"))` of a secret of 32 to 64 bytes.
 * Only who holds the secret can compute or recognise the id.
 */
export function idsFromSecret(): ConversationIdPolicy {
  return policy("secret", "a keyed hash of a secret that the participants share", (type, material, crypto) => {
    if (material.secret.length < 32 || material.secret.length > 64)
      throw new ColloquyError("BAD_ID_MATERIAL", "the secret of a conversation id has 32 to 64 bytes")
    return crypto.hash(lengthPrefixed(conversationIdLabel, printTypeId(type), "secret"), 16, material.secret)
  })
}

/**
 * `ident = BLAKE2b-128(LP(label) ‖ LP(type id) ‖ LP("participants") ‖ LP(key) … ‖ LP(discriminator))`, the identity keys sorted bytewise
 * and each once. The discriminator has at least 16 bytes, or none where the same people hold one conversation of the type at most.
 * Who knows the participants and the discriminator can compute the id: do not use it as a secret.
 */
export function idsFromParticipants(): ConversationIdPolicy {
  return policy("participants", "a hash of the sorted participants and a discriminator", (type, material, crypto) => {
    const sorted = [...material.participants].sort()
    if (sorted.length === 0 || new Set(sorted).size !== sorted.length)
      throw new ColloquyError("BAD_ID_MATERIAL", "a conversation id wants at least one participant, each once")
    const discriminator = material.discriminator
    if (discriminator.length !== 0 && discriminator.length < 16)
      throw new ColloquyError("BAD_ID_MATERIAL", "a discriminator has no bytes or at least 16")
    const keys = sorted.map(participantKey)
    return crypto.hash(
      lengthPrefixed(conversationIdLabel, printTypeId(type), "participants", ...keys, discriminator),
      16,
    )
  })
}

/** 16 random bytes: the creator draws them and tells the others. */
export function idsAtRandom(): ConversationIdPolicy {
  return policy("random", "16 random bytes", (_, material) => {
    if (material.random.length !== 16)
      throw new ColloquyError("BAD_ID_MATERIAL", "a random conversation id has 16 bytes")
    return material.random
  })
}

/** The bytes of an id as protocols hash them: its UTF-8 text. */
export function conversationIdBytes(id: ConversationId): Uint8Array {
  return utf8(id)
}

function policy<From extends IdMaterial["from"]>(
  from: From,
  description: string,
  ident: (type: TypeName, material: Extract<IdMaterial, { from: From }>, crypto: Crypto) => Uint8Array,
): ConversationIdPolicy {
  return {
    from,
    description,
    make(type, material, crypto) {
      if (material.from !== from)
        throw new ColloquyError("BAD_ID_MATERIAL", `this type makes its ids from ${from}, not from ${material.from}`)
      const bytes = ident(type, material as Extract<IdMaterial, { from: From }>, crypto)
      return `/${type.name}/${type.version}/${toHex(bytes)}` as ConversationId
    },
  }
}

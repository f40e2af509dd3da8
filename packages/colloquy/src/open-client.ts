import { Client, type ClientOptions } from "@colloquy/client"
import { type ContentCodec, contentRegistry, text } from "@colloquy/content"
import { InboxV1 } from "@colloquy/conversation-inbox"
import { PrivateV1 } from "@colloquy/conversation-private"
import type { AnyConversationType, Clock, Crypto, Logger, OpenDelivery, OpenStorage } from "@colloquy/core"
import { loadCrypto, systemRandom } from "@colloquy/crypto"
import { sealedStorage, type Unlock } from "@colloquy/storage-sealed"
import { systemClock } from "./system-clock.js"

/** The types that a client runs unless told otherwise. */
export const builtInTypes: readonly AnyConversationType[] = [PrivateV1, InboxV1]

export interface OpenOptions extends Pick<ClientOptions, "account" | "name"> {
  /** Where everything is kept, sealed. */
  readonly storage: OpenStorage
  /** What opens it: `passphrase(…)` or `rawKey(…)`. */
  readonly unlock: Unlock
  /** Without one the client works offline. */
  readonly delivery?: OpenDelivery
  /** The built-in types where none are named, in the order of preference. */
  readonly types?: readonly AnyConversationType[]
  /** Content codecs besides text. */
  readonly content?: readonly ContentCodec[]
  readonly logger?: Logger
  /** For simulators and tests. */
  readonly clock?: Clock
  readonly random?: (bytes: number) => Uint8Array
  readonly crypto?: Crypto
  readonly signal?: AbortSignal
}

/**
 * Opens a client, and makes its account where there is none. Throws `WRONG_PASSPHRASE`, the errors of the storage (`STORE_IN_USE`,
 * `STORE_NOT_WRITABLE`, `STORE_DAMAGED`, `STORE_VERSION`, `STORE_FAILED`), `IMPORT_UNFINISHED` after an import that was
 * interrupted, and `NO_ACCOUNT` or `ACCOUNT_EXISTS` by `account`.
 */
export async function openClient(options: OpenOptions): Promise<Client> {
  const { storage, unlock, types = builtInTypes, content = [], clock = systemClock, signal, ...rest } = options
  const crypto = options.crypto ?? (await loadCrypto())
  const random = options.random ?? systemRandom()
  const open = sealedStorage(storage, unlock, { crypto, random })
  const opened = await open(signal === undefined ? {} : { signal })
  return Client.open({
    ...rest,
    storage: opened,
    types,
    content: contentRegistry([text, ...content]),
    crypto,
    random,
    clock,
  })
}

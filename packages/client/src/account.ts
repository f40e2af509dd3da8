import { create } from "@bufbuild/protobuf"
import {
  ColloquyError,
  type Crypto,
  inboxTopics,
  type Participant,
  participantFromKey,
  type Self,
  type Topic,
} from "@colloquy/core"
import type { Environment } from "./environment.js"
import { AccountRecordSchema } from "./generated/store_pb.js"
import { accountKey, importingKey, Keys } from "./store/keys.js"
import { migrate, storeFormat } from "./store/migrations.js"
import { encodeRecord, type Store } from "./store/store.js"

/** One identity and what is its alone. The secret keys stay in here. */
export class Account implements Self {
  readonly participant: Participant
  readonly inboxTopic: Topic
  readonly keys: Keys
  readonly createdAtMs: number
  readonly name: string
  readonly #crypto: Crypto
  readonly #signingKey: Uint8Array
  readonly #agreementKey: Uint8Array

  private constructor(crypto: Crypto, seed: Uint8Array, keys: Keys, createdAtMs: number, name: string) {
    const pair = crypto.signingKeyPair(seed)
    this.#crypto = crypto
    this.#signingKey = pair.secretKey
    this.#agreementKey = crypto.agreementSecretKey(pair.secretKey)
    this.participant = participantFromKey(pair.publicKey)
    this.inboxTopic = inboxTopics.of(this.participant, crypto)
    this.keys = keys
    this.createdAtMs = createdAtMs
    this.name = name
  }

  /**
   * Loads the account, or makes one where the store is new. Throws `STORE_VERSION` for a newer format, `NO_ACCOUNT` and `ACCOUNT_EXISTS` by mode,
   * `IMPORT_UNFINISHED` where an import was interrupted.
   */
  static async open(
    store: Store,
    environment: Environment,
    options: { readonly mode: "create" | "open" | "any"; readonly name: string },
  ): Promise<Account> {
    const { crypto } = environment
    const stored = await store.get(AccountRecordSchema, accountKey)
    if (stored !== undefined) {
      if (options.mode === "create") throw new ColloquyError("ACCOUNT_EXISTS", "the store holds an account already")
      const found = await migrate(store, crypto, stored)
      const keys = new Keys(crypto, found.indexKey, found.sipPrints ? "sip" : "hash")
      const account = new Account(crypto, found.identitySeed, keys, found.createdAtMs, found.name)
      crypto.wipe(found.identitySeed, stored.identitySeed)
      return account
    }
    if (await store.has(importingKey))
      throw new ColloquyError("IMPORT_UNFINISHED", "an import into the store did not end: import the backup again")
    if (options.mode === "open") throw new ColloquyError("NO_ACCOUNT", "the store holds no account")
    const seed = environment.random(32)
    const indexKey = environment.random(32)
    const createdAtMs = environment.clock.nowMs()
    const record = create(AccountRecordSchema, {
      format: storeFormat,
      identitySeed: seed,
      indexKey,
      createdAtMs,
      name: options.name,
      sipPrints: true,
    })
    const value = encodeRecord(AccountRecordSchema, record)
    await store.commit([{ key: accountKey, value }])
    const account = new Account(crypto, seed, new Keys(crypto, indexKey), createdAtMs, options.name)
    crypto.wipe(seed, value)
    return account
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#crypto.sign(this.#signingKey, message)
  }

  agree(publicKey: Uint8Array): Uint8Array | undefined {
    return this.#crypto.agree(this.#agreementKey, publicKey)
  }

  close(): void {
    this.#crypto.wipe(this.#signingKey, this.#agreementKey)
  }
}

import {
  CiphertextMessageType,
  IdentityChange,
  IdentityKeyStore,
  KEMKeyPair,
  type KyberPreKeyRecord,
  KyberPreKeyRecord as KyberPreKeys,
  KyberPreKeyStore,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PreKeyStore,
  PrivateKey,
  processPreKeyBundle,
  ProtocolAddress,
  type PublicKey,
  type SessionRecord,
  SessionStore,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
  SignalMessage,
  SignedPreKeyRecord,
  SignedPreKeyStore,
} from "@signalapp/libsignal-client"

type Bytes = Uint8Array<ArrayBuffer>

class Sessions extends SessionStore {
  readonly #sessions = new Map<string, SessionRecord>()
  async saveSession(name: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.#sessions.set(name.toString(), record)
  }
  async getSession(name: ProtocolAddress): Promise<SessionRecord | null> {
    return this.#sessions.get(name.toString()) ?? null
  }
  async getExistingSessions(names: ProtocolAddress[]): Promise<SessionRecord[]> {
    return names.map((name) => this.#sessions.get(name.toString()) as SessionRecord)
  }
}

class Identities extends IdentityKeyStore {
  readonly key = PrivateKey.generate()
  readonly #known = new Map<string, PublicKey>()
  async getIdentityKey(): Promise<PrivateKey> {
    return this.key
  }
  async getLocalRegistrationId(): Promise<number> {
    return 1
  }
  async saveIdentity(name: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    this.#known.set(name.toString(), key)
    return IdentityChange.NewOrUnchanged
  }
  async isTrustedIdentity(): Promise<boolean> {
    return true
  }
  async getIdentity(name: ProtocolAddress): Promise<PublicKey | null> {
    return this.#known.get(name.toString()) ?? null
  }
}

class PreKeys extends PreKeyStore {
  readonly #records = new Map<number, PreKeyRecord>()
  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.#records.set(id, record)
  }
  async getPreKey(id: number): Promise<PreKeyRecord> {
    return this.#records.get(id) as PreKeyRecord
  }
  async removePreKey(id: number): Promise<void> {
    this.#records.delete(id)
  }
}

class SignedPreKeys extends SignedPreKeyStore {
  readonly #records = new Map<number, SignedPreKeyRecord>()
  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.#records.set(id, record)
  }
  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return this.#records.get(id) as SignedPreKeyRecord
  }
}

class KyberKeys extends KyberPreKeyStore {
  readonly #records = new Map<number, KyberPreKeyRecord>()
  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.#records.set(id, record)
  }
  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return this.#records.get(id) as KyberPreKeyRecord
  }
  async markKyberPreKeyUsed(): Promise<void> {
    return undefined
  }
}

class Party {
  readonly address: ProtocolAddress
  readonly sessions = new Sessions()
  readonly identities = new Identities()
  readonly preKeys = new PreKeys()
  readonly signedPreKeys = new SignedPreKeys()
  readonly kyberKeys = new KyberKeys()

  constructor(name: string) {
    this.address = ProtocolAddress.new(name, 1)
  }

  async encrypt(to: Party, text: Bytes): Promise<{ readonly type: number; readonly bytes: Bytes }> {
    const message = await signalEncrypt(text, to.address, this.address, this.sessions, this.identities)
    return { type: message.type(), bytes: message.serialize() }
  }

  async decrypt(from: Party, message: { readonly type: number; readonly bytes: Bytes }): Promise<Uint8Array> {
    const { address, sessions, identities } = this
    if (message.type === CiphertextMessageType.PreKey)
      return signalDecryptPreKey(
        PreKeySignalMessage.deserialize(message.bytes),
        from.address,
        address,
        sessions,
        identities,
        this.preKeys,
        this.signedPreKeys,
        this.kyberKeys,
      )
    return signalDecrypt(SignalMessage.deserialize(message.bytes), from.address, address, sessions, identities)
  }

  async bundle(): Promise<PreKeyBundle> {
    const preKey = PrivateKey.generate()
    const signed = PrivateKey.generate()
    const kyber = KEMKeyPair.generate()
    const { key } = this.identities
    const signedSignature = key.sign(signed.getPublicKey().serialize())
    const kyberSignature = key.sign(kyber.getPublicKey().serialize())
    await this.preKeys.savePreKey(1, PreKeyRecord.new(1, preKey.getPublicKey(), preKey))
    const record = SignedPreKeyRecord.new(1, 1, signed.getPublicKey(), signed, signedSignature)
    await this.signedPreKeys.saveSignedPreKey(1, record)
    await this.kyberKeys.saveKyberPreKey(1, KyberPreKeys.new(1, 1, kyber, kyberSignature))
    return PreKeyBundle.new(
      1,
      1,
      1,
      preKey.getPublicKey(),
      1,
      signed.getPublicKey(),
      signedSignature,
      key.getPublicKey(),
      1,
      kyber.getPublicKey(),
      kyberSignature,
    )
  }
}

/** Two libsignal sessions with stores in memory, past their first exchange. */
export async function libsignalPair(): Promise<{ readonly saro: Party; readonly raya: Party }> {
  const saro = new Party("saro")
  const raya = new Party("raya")
  await processPreKeyBundle(await raya.bundle(), raya.address, saro.address, saro.sessions, saro.identities)
  const text = new Uint8Array(100)
  await raya.decrypt(saro, await saro.encrypt(raya, text))
  await saro.decrypt(raya, await raya.encrypt(saro, text))
  await raya.decrypt(saro, await saro.encrypt(raya, text))
  return { saro, raya }
}

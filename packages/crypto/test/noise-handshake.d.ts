declare module "noise-handshake" {
  interface KeyPair {
    secretKey: Buffer
    publicKey: Buffer
  }
  /** The part of the npm package that the tests use. */
  export default class Noise {
    constructor(pattern: string, initiator: boolean, staticKeypair?: KeyPair)
    e: KeyPair | null
    rs: Buffer | null
    readonly complete: boolean
    readonly hash: Buffer
    readonly tx: Buffer
    readonly rx: Buffer
    initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void
    send(payload?: Uint8Array): Buffer
    recv(message: Uint8Array): Buffer
  }
}

declare module "noise-handshake/dh.js" {
  const dh: { generateKeyPair(secretKey?: Uint8Array): { secretKey: Buffer; publicKey: Buffer } }
  export default dh
}

declare module "noise-handshake/cipher.js" {
  export default class Cipher {
    constructor(key: Uint8Array)
    encrypt(plaintext: Uint8Array): Buffer
    decrypt(ciphertext: Uint8Array): Buffer
  }
}

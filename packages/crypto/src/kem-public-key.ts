const modulus = 3329
const coefficientBytes = 1152

/**
 * The modulus check of FIPS 203, section 7.2, on an ML-KEM-768 public key of 1,184 bytes: each of its 768 coefficients of 12 bits
 * is below 3,329. Without it a key has several encodings, and what is mixed into a transcript would not be what is used.
 */
export function isCanonicalKemPublicKey(publicKey: Uint8Array): boolean {
  let canonical = true
  for (let i = 0; i < coefficientBytes; i += 3) {
    const low = publicKey[i] as number
    const middle = publicKey[i + 1] as number
    const high = publicKey[i + 2] as number
    if ((low | ((middle & 15) << 8)) >= modulus || ((middle >> 4) | (high << 4)) >= modulus) canonical = false
  }
  return canonical
}

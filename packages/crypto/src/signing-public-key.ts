/**
 * Whether the y coordinate in an Ed25519 public key of 32 bytes is below 2^255 - 19 (RFC 8032, section 5.1.3). Without it
 * one identity would have two names.
 */
export function isCanonicalPoint(publicKey: Uint8Array): boolean {
  if (((publicKey[31] as number) & 127) !== 127) return true
  for (let i = 30; i > 0; i--) if (publicKey[i] !== 255) return true
  return (publicKey[0] as number) < 237
}

/**
 * What a type can claim (CT-7), by name, so that a claim can be attacked. A claim says what holds, in which circumstances (`scope`),
 * and what is expressly not claimed (`except`).
 */
export const guaranteeNames = [
  "confidentiality",
  "integrity",
  "sender-authentication",
  "mutual-authentication",
  "sender-privacy",
  "unlinkability",
  "length-hiding",
  "forward-secrecy",
  "post-compromise-security",
  "deniability",
  "replay-protection",
  "channel-binding",
  "dropped-message-observability",
  "post-quantum-confidentiality",
  "ordering",
] as const

export type GuaranteeName = (typeof guaranteeNames)[number]

export interface Guarantee {
  readonly name: GuaranteeName
  readonly scope: string
  readonly except?: string
}

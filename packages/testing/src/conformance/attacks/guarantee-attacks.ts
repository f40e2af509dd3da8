import type { Check } from "../check.js"
import { mutualAuthenticationAttacks, senderAuthenticationAttacks } from "./authentication.js"
import { channelBindingAttacks } from "./channel-binding.js"
import { confidentialityAttacks } from "./confidentiality.js"
import { deniabilityAttacks } from "./deniability.js"
import { droppedMessageAttacks } from "./dropped-messages.js"
import { forwardSecrecyAttacks } from "./forward-secrecy.js"
import { forwardSecrecyLossAttacks } from "./forward-secrecy-losses.js"
import { integrityAttacks } from "./integrity.js"
import { lengthHidingAttacks } from "./length-hiding.js"
import { memberAttacks } from "./members.js"
import { orderingAttacks } from "./ordering.js"
import { postCompromiseAttacks } from "./post-compromise-security.js"
import { postQuantumAttacks } from "./post-quantum.js"
import { replayAttacks } from "./replay-protection.js"
import { senderPrivacyAttacks } from "./sender-privacy.js"
import { unlinkabilityAttacks } from "./unlinkability.js"

/**
 * What every guarantee that a type can claim is attacked with, whatever the type does inside. Two means: everything that the laboratory's record of
 * operations on keys lets an attacker compute, and real machines that are given what they should not get.
 */
export const guaranteeAttacks: readonly Check[] = [
  ...confidentialityAttacks,
  ...integrityAttacks,
  ...senderAuthenticationAttacks,
  ...mutualAuthenticationAttacks,
  ...memberAttacks,
  ...senderPrivacyAttacks,
  ...unlinkabilityAttacks,
  ...lengthHidingAttacks,
  ...forwardSecrecyAttacks,
  ...forwardSecrecyLossAttacks,
  ...postCompromiseAttacks,
  ...deniabilityAttacks,
  ...replayAttacks,
  ...channelBindingAttacks,
  ...droppedMessageAttacks,
  ...postQuantumAttacks,
  ...orderingAttacks,
]

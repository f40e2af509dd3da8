import { type PublishedOptions, repairMaxMs, repairMinMs } from "./options.js"

/** RL-56: how long we wait before we ask for a missing message, so that not all ask at once. */
export function requestDelayMs({ participant, hash }: PublishedOptions, messageId: string): number {
  return Number(hash(participant + messageId) % BigInt(repairMaxMs - repairMinMs)) + repairMinMs
}

/** RL-56: how long we wait before we answer, so that the message's own sender answers first, at once, and others only if he does not. */
export function responseDelayMs({ participant, hash }: PublishedOptions, senderId: string, messageId: string): number {
  const distance = hash(participant) ^ hash(senderId)
  return Number((distance * hash(messageId)) % BigInt(repairMaxMs))
}

/** RL-57: whether we are among those who answer requests for this message. */
export function answersFor(
  { participant, hash, responseGroups = 1 }: PublishedOptions,
  senderId: string,
  messageId: string,
): boolean {
  if (responseGroups <= 1) return true
  const groups = BigInt(responseGroups)
  return hash(participant + messageId) % groups === hash(senderId + messageId) % groups
}

/** The rules that a ConversationType must meet, from the CONVERSATIONS specification and our sharpening of it. */
export const requirements = {
  "CT-1": { level: "must", rule: "names its encryption scheme, or says `none` and what follows" },
  "CT-2": { level: "must", rule: "names the frames it uses" },
  "CT-3": { level: "must", rule: "names its encoding" },
  "CT-4": { level: "must", rule: "says which content topics are valid places to receive its payloads" },
  "CT-5": { level: "must", rule: "says how conversation ids are generated" },
  "CT-6": { level: "should", rule: "states membership requirements and limits" },
  "CT-7": { level: "should", rule: "states its privacy and security guarantees" },
  "CT-8": { level: "must", rule: "defines every possible frame in one place" },
  "CT-9": { level: "should", rule: "decodes along a deterministic tree" },
  "CT-10": { level: "must", rule: "is identified by the title of its specification" },
  "CT-11": { level: "must", rule: "a new version is a new type" },
  "CT-12": { level: "must", rule: "defines the operation completely" },
  "CT-13": { level: "should", rule: "conversation ids never conflict" },
  "CT-14": { level: "should", rule: "ids lead to the encryption state by an efficient lookup" },
  "CT-15": { level: "should", rule: "weighs the privacy impact of its topic policy" },
  "CT-16": { level: "should", rule: "weighs channel binding" },
  "CT-17": { level: "may", rule: "gives implementation suggestions" },
} as const

export type RequirementId = keyof typeof requirements
export type RequirementLevel = (typeof requirements)[RequirementId]["level"]

/** How one declaration misses one rule. */
export interface Finding {
  readonly id: RequirementId
  readonly message: string
}

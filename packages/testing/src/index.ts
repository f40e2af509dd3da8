export type { Check, CheckContext, CheckResult, Facts } from "./conformance/check.js"
export type { ConversationTypeFixture, Established, OldState } from "./conformance/fixture.js"
export type { Checked, ConformanceReport, GuaranteeResult, RuleResult } from "./conformance/report.js"
export type { CryptoTrace, Operation } from "./laboratory/crypto-trace.js"
export type {
  Delivered,
  Laboratory,
  LaboratoryOptions,
  Loot,
  Reaction,
  Subject,
  WirePayload,
} from "./laboratory/laboratory.js"

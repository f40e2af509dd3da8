export type { Check, CheckContext, CheckResult, EstablishOptions, Facts } from "./conformance/check.js"
export { type Conformance, type ConformanceOptions, conversationTypeConformance } from "./conformance/conformance.js"
export { builtInFixtures } from "./conformance/fixtures/built-in-fixtures.js"
export { oneSpeaker } from "./conformance/fixtures/one-speaker.js"
export type { ConformanceException, ExceptionName } from "./conformance/exceptions.js"
export type { ConversationTypeFixture, Established, MemberChanges, OldState } from "./conformance/fixture.js"
export { type JsonReport, reportToJson } from "./conformance/render/report-to-json.js"
export { type MarkdownOptions, reportToMarkdown } from "./conformance/render/report-to-markdown.js"
export { reportToTable } from "./conformance/render/report-to-table.js"
export type { Checked, ConformanceReport, GuaranteeResult, RuleResult } from "./conformance/report.js"
export type { CryptoTrace, Operation } from "./laboratory/crypto-trace.js"
export type {
  AnyInput,
  AnyOutcome,
  Arrival,
  Delivered,
  Fate,
  Fault,
  Inspector,
  InstanceView,
  Laboratory,
  LaboratoryOptions,
  Loot,
  LootInstance,
  Reaction,
  StepUnderWay,
  Subject,
  WirePayload,
} from "./laboratory/laboratory.js"
export { openLaboratory } from "./laboratory/open-laboratory.js"
export { recordFlow, type RecordedFlow } from "./laboratory/record-flow.js"

import type { Check } from "../check.js"
import { backupChecks } from "./backup.js"
import { bindingChecks } from "./binding.js"
import { frameChecks } from "./frames.js"
import { spokenFrameChecks } from "./frames-spoken.js"
import { hostileChecks } from "./hostile.js"
import { idChecks } from "./ids.js"
import { networkChecks } from "./network.js"
import { oldStateChecks } from "./old-states.js"
import { purityChecks } from "./purity.js"
import { topicChecks } from "./topics.js"
import { viewChecks } from "./view.js"

/** What every type must keep, whatever it promises. */
export const structuralChecks: readonly Check[] = [
  ...topicChecks,
  ...idChecks,
  ...frameChecks,
  ...spokenFrameChecks,
  ...bindingChecks,
  ...purityChecks,
  ...hostileChecks,
  ...networkChecks,
  ...viewChecks,
  ...oldStateChecks,
  ...backupChecks,
]

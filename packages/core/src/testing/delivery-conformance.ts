import type { MaybePromise } from "../brand.js"
import type { OpenDelivery } from "../delivery/delivery-service.js"
import type { Clock } from "../environment/clock.js"
import type { ConformanceCase } from "./conformance-case.js"
import { DeliveryBench } from "./delivery-bench.js"
import { feedCases } from "./delivery-feed-cases.js"
import { lifeCases } from "./delivery-life-cases.js"
import { outageCases } from "./delivery-outage-cases.js"
import { publishCases } from "./delivery-publish-cases.js"

/** A real clock and real randomness, or a simulator's that moves by itself. */
export interface DeliveryEnvironment {
  readonly clock: Clock
  readonly random: (bytes: number) => Uint8Array
}

/** What can be done to the service under test. Cases that need what is missing are left out. */
export interface DeliveryControls {
  /** The service stops being reachable, or stops answering. */
  down?(): MaybePromise<void>
  /** The service can be reached again, with everything that it had stored. */
  up?(): MaybePromise<void>
  /** Everything stored until now is gone, as after its retention. */
  expire?(): MaybePromise<void>
  /** The service loses its past. Also those that are open see it, in their own time. */
  wipe?(): MaybePromise<void>
  /** How long a case waits for what must come before it fails. 10,000 unless told. */
  readonly patienceMs?: number
}

/**
 * The cases that every delivery service has to pass, bound to no test runner. Everything that `open` opens reaches the same service.
 * Cases use topics of their own and may share a service, but run one after the other.
 */
export function deliveryConformance(
  open: OpenDelivery,
  environment: DeliveryEnvironment,
  controls: DeliveryControls = {},
): readonly ConformanceCase[] {
  const cases = [...publishCases, ...feedCases, ...lifeCases, ...outageCases]
  return cases
    .filter(({ needs }) => (needs ?? []).every((control) => controls[control] !== undefined))
    .map(({ title, run }) => ({
      title,
      async run() {
        const bench = new DeliveryBench(open, environment, controls)
        try {
          await run(bench)
        } finally {
          await bench.close()
        }
      },
    }))
}

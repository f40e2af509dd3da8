const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** RL-24: how long content waits for traffic that its acknowledgement can ride on, at least; at most twice as long. */
export const acknowledgeAfterMs: number = secondMs
/** RL-34: how old a gap is when the application is told. */
export const missingAfterMs: number = minuteMs
/** RL-33: a gap younger than this is not asked for, since its messages may be under way. */
export const requestAgeMs: number = 5 * secondMs
/** RL-36: how long after answering a request the next one is passed over. */
export const repairIntervalMs: number = 5 * secondMs

/** RL-29: the waits before the first probes; then {@link dailyProbes} times a day, then a week each. */
export const earlyProbesMs: readonly number[] = [
  30 * secondMs,
  2 * minuteMs,
  10 * minuteMs,
  hourMs,
  4 * hourMs,
  12 * hourMs,
]
export const dailyProbes = 30
const lateProbeMs = 7 * dayMs

/** RL-33: the waits before the first requests; then {@link dailyRequests} times a day, then none. */
export const earlyRequestsMs: readonly number[] = [
  10 * secondMs,
  minuteMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  8 * hourMs,
]
export const dailyRequests = 30

/** The wait before the probe that follows so many others, without its random part. */
export function probeDelayMs(probes: number): number {
  return earlyProbesMs[probes] ?? (probes < earlyProbesMs.length + dailyProbes ? dayMs : lateProbeMs)
}

/** The wait before the request that follows so many others; `undefined` when there shall be no more. */
export function requestDelayMs(requests: number): number | undefined {
  return earlyRequestsMs[requests] ?? (requests < earlyRequestsMs.length + dailyRequests ? dayMs : undefined)
}

/** RL-30: up to half as long again, so that what is sent again does not show by its distance in time. `random` is from 0 to below 1. */
export function spread(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 + random / 2))
}

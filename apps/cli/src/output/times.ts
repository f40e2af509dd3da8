/** A time in the reader's own zone: `14:02:11` today, else `2026-11-02 14:02`. */
export function localTime(timeMs: number, nowMs: number): string {
  const time = new Date(timeMs)
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  if (day(time) === day(new Date(nowMs))) return `${clock}:${two(time.getSeconds())}`
  return `${day(time)} ${clock}`
}

/** A time for programs: ISO 8601 in UTC, in whole milliseconds. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

function day(time: Date): string {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

function two(number: number): string {
  return String(number).padStart(2, "0")
}

/** One statement that an adapter must make true. Bound to no test runner: `run` rejects when the statement does not hold. */
export interface ConformanceCase {
  readonly title: string
  run(): Promise<void>
}

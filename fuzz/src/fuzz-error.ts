/**
 * Why the fuzzer stops: `OPTION` it was started wrongly, `CORPUS` a file of inputs is malformed, `TARGET` a target is not set up, `BROKEN` what a target
 * promises does not hold. Never a ColloquyError: with those a target may refuse its input.
 */
export class FuzzError extends Error {
  readonly code: "OPTION" | "CORPUS" | "TARGET" | "BROKEN"

  constructor(code: FuzzError["code"], message: string) {
    super(message)
    this.name = "FuzzError"
    this.code = code
  }
}

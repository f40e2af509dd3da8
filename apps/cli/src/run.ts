import { CommanderError } from "commander"
import { ExitWith } from "./exit-with.js"
import { describeFailure, exitCodes } from "./failures.js"
import { Interruption } from "./interruption.js"
import { Output, OutputClosed } from "./output/output.js"
import { printable } from "./output/printable.js"
import { makeProgram } from "./program.js"

/** Runs one command and resolves with the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  const output = new Output(wantsJson(argv), process.stdout, process.stderr)
  const interruption = new Interruption()
  interruption.listen()
  process.on("uncaughtException", (error) => {
    void output.error("UNEXPECTED", printable(describeFailure(error).message)).finally(() => process.exit(1))
  })
  try {
    await makeProgram({ output, stop: interruption.signal }).parseAsync(argv, { from: "user" })
    return exitCodes.done
  } catch (error) {
    // Whoever closed the pipe has what he wanted; whoever sent the signal knows.
    if (error instanceof OutputClosed) return exitCodes.done
    if (interruption.exitCode !== undefined) return interruption.exitCode
    if (error instanceof ExitWith) return error.exitCode
    if (error instanceof CommanderError) return usage(output, error)
    const { code, message, exitCode } = describeFailure(error)
    await output.error(code, printable(message))
    return exitCode
  }
}

async function usage(output: Output, error: CommanderError): Promise<number> {
  if (error.exitCode === 0) return exitCodes.done
  // Without a command, the help was shown instead of a message.
  if (error.code !== "commander.help" || output.json) {
    const message = error.code === "commander.help" ? "no command is named" : error.message.replace(/^error: /, "")
    await output.error("USAGE", `${printable(message).replace(/\.$/, "")}; see \`colloquy help\``)
  }
  return exitCodes.usage
}

/** Before the arguments are parsed, since their errors are told in the same form. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--")
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json")
}

import { openSync } from "node:fs"
import { ReadStream } from "node:tty"
import { ColloquyError } from "@colloquy/core"
import { HiddenLine } from "./hidden-line.js"

/**
 * Asks on the terminal itself, whatever standard input and output are, and shows nothing of the answer.
 * Throws `PASSPHRASE_MISSING` where there is no terminal, `INTERRUPTED` when the person gives up.
 */
export async function askHidden(question: string, stop: AbortSignal): Promise<string> {
  const terminal = openTerminal()
  process.stderr.write(question)
  terminal.setRawMode(true)
  terminal.setEncoding("utf8")
  const line = new HiddenLine()
  const giveUp = (): void => {
    // The terminal must show again what is typed, whatever ends the question.
    if (!terminal.destroyed) terminal.setRawMode(false)
    terminal.destroy()
  }
  if (stop.aborted) giveUp()
  else stop.addEventListener("abort", giveUp)
  try {
    for await (const chunk of terminal) {
      const state = line.type(String(chunk))
      if (state === "done") return line.text
      if (state === "cancelled") break
    }
    throw new ColloquyError("INTERRUPTED", "no passphrase was given")
  } finally {
    stop.removeEventListener("abort", giveUp)
    giveUp()
    process.stderr.write("\n")
  }
}

function openTerminal(): ReadStream {
  try {
    if (process.platform === "win32" && process.stdin.isTTY) return process.stdin
    return new ReadStream(openSync("/dev/tty", "r+"))
  } catch (cause) {
    throw new ColloquyError(
      "PASSPHRASE_MISSING",
      "no passphrase: set COLLOQUY_PASSPHRASE, name a file with --passphrase-file, or use a terminal",
      { cause },
    )
  }
}

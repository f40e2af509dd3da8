import { jsonLine } from "./printable.js"

/** Whoever read the output has gone: there is nobody left to tell. */
export class OutputClosed extends Error {}

/** The output can't be written, and whoever wanted it does not know: the disk that it goes to is full, perhaps. */
export class OutputFailed extends Error {
  /** The operating system's. */
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`the output can't be written: ${reason}`, options)
    this.reason = reason
  }
}

/** What a write fails with when the other end of a pipe, or the terminal, has gone. */
const closed = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"])

/** Where a command writes: lines for people, or one JSON object a line for programs. */
export class Output {
  readonly json: boolean
  readonly #out: NodeJS.WritableStream
  readonly #errors: NodeJS.WritableStream

  constructor(json: boolean, out: NodeJS.WritableStream, errors: NodeJS.WritableStream) {
    this.json = json
    this.#out = out
    this.#errors = errors
    // A closed pipe is reported by the write; unheard, the event would end the process.
    for (const stream of [out, errors]) stream.on("error", () => undefined)
  }

  /** Whether a person is likely to look at it. */
  get isTerminal(): boolean {
    return (this.#out as NodeJS.WriteStream).isTTY
  }

  /** Resolves when the line is written. Throws {@link OutputClosed} and {@link OutputFailed}. */
  async line(text: string): Promise<void> {
    await write(this.#out, `${text}\n`)
  }

  /** The object for programs, else the lines for people. */
  async result(object: object, lines: () => readonly string[]): Promise<void> {
    await this.line(this.json ? jsonLine(object) : lines().join("\n"))
  }

  /** Something worth knowing that is no result: on standard error. */
  async note(code: string, message: string): Promise<void> {
    await this.#aside(this.json ? jsonLine({ notice: { code, message } }) : message)
  }

  /** A hint for people, which programs don't get. */
  async hint(message: string): Promise<void> {
    if (!this.json) await this.#aside(message)
  }

  async error(code: string, message: string): Promise<void> {
    await this.#aside(this.json ? jsonLine({ error: { code, message } }) : `colloquy: ${message} (${code})`)
  }

  async #aside(line: string): Promise<void> {
    await write(this.#errors, `${line}\n`).catch(() => undefined)
  }
}

function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      const code = (error as NodeJS.ErrnoException | null | undefined)?.code ?? "unknown"
      if (error === undefined || error === null) resolve()
      else if (closed.has(code)) reject(new OutputClosed("the output is closed", { cause: error }))
      else reject(new OutputFailed(code, { cause: error }))
    })
  })
}

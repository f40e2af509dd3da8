import type { Output } from "../output/output.js"
import { jsonLine } from "../output/printable.js"

/** Tells the demonstration's steps as they happen. */
export class Narrator {
  readonly #output: Output
  #step = 0

  constructor(output: Output) {
    this.#output = output
  }

  /** A new step, in words that anyone understands; each line fits 80 columns. */
  async step(...title: readonly string[]): Promise<void> {
    this.#step += 1
    if (this.#output.json) return this.#output.line(jsonLine({ step: this.#step, title: title.join(" ") }))
    const head = `${String(this.#step).padStart(2)}  `
    await this.#output.line("")
    for (const [index, line] of title.entries()) await this.#output.line(`${index === 0 ? head : "    "}${line}`)
  }

  /** What was seen in it. */
  async detail(...lines: readonly string[]): Promise<void> {
    for (const line of lines)
      await this.#output.line(
        this.#output.json ? jsonLine({ step: this.#step, detail: line.trim() }) : `      ${line}`.trimEnd(),
      )
  }

  async says(name: string, text: string): Promise<void> {
    await this.detail(`${name}:  ${text}`)
  }

  /** Outside of the steps. */
  async plain(text: string): Promise<void> {
    await this.#output.line(this.#output.json ? jsonLine({ text }) : text)
  }
}
